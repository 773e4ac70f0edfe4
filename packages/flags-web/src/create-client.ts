// The browser client: composes evaluator, session and reporting. Nothing in here may throw into the application.
import { createEvaluator } from '@org/evaluator/compact';
import { createApi } from './api.ts';
import { createDigest } from './digest.ts';
import { createFlags } from './flags.ts';
import { createTell } from './hooks.ts';
import { watchPage } from './page.ts';
import { createRemoteEvaluation } from './remote-evaluation.ts';
import { createReporter } from './reporter.ts';
import { startSession } from './session.ts';
import { createSticky } from './sticky.ts';
import type { Client, ClientOptions } from './types.ts';

/** Connects to a core. Returns at once; flags answer their defaults until there is a state. */
export const createClient = (options: ClientOptions): Client => {
  const { key, application, exposures = true, storage = 'local', streaming = true } = options;
  const stores = storage === 'local';
  const url = options.url.replace(/\/+$/, '');
  // Not randomUUID: pages without TLS have none.
  const id = crypto.getRandomValues(new Uint32Array(4)).join();
  const page = new AbortController();

  const tell = createTell(options.hooks);
  const api = createApi(url, key, (error) => emit('error', error));
  const reporter = createReporter(
    api,
    id,
    () => evaluator,
    () => client.context,
    tell,
  );
  const evaluator = (options.extend?.(createEvaluator) ?? createEvaluator)({
    digest: createDigest(),
    now: Date.now,
    ...(exposures && { onExposure: reporter.expose }),
    ...(stores && { sticky: createSticky(url + key) }),
  });
  const remote = createRemoteEvaluation(
    async (flagKey, context) => {
      const withoutExposure = !exposures;
      const { status, body } = await api.call('FlagService/Evaluate', { flagKey, context, withoutExposure });
      return status === 200 ? body : undefined;
    },
    () => changed(),
  );
  const { client, emit, changed, setState } = createFlags(evaluator, options.context, remote, tell);

  const session = startSession({
    api,
    scope: url + key,
    evaluator,
    instance: { id, sdk: 'flags-web', version: '0.1.0', application },
    bootstrap: options.bootstrap,
    stores,
    streams: streaming,
    onStatus: setState,
    onChange() {
      remote.expire();
      changed();
    },
  });
  watchPage(session, reporter, page.signal);

  return Object.assign(client, {
    track: reporter.track,
    flush: reporter.flush,
    close() {
      page.abort();
      session.close();
      return reporter.close();
    },
  });
};
