// Puts a client together: evaluation, storage, connection, machine, recording. What goes wrong inside is reported, not
// thrown.
import type { SyncReport } from '@org/sync';
import { createAnnouncements } from './announcements.ts';
import { createConnection } from './connection.ts';
import { createFace } from './client-face.ts';
import { createCoreCalls } from './core-calls.ts';
import { FlagsError } from './errors.ts';
import { createEvaluation } from './evaluation.ts';
import { createHooks, exposureListener } from './hooks.ts';
import { checkOptions } from './options.ts';
import { nodePlatform, type Platform } from './platform.ts';
import { createChannel } from './push/create-channel.ts';
import type { Subscriber } from './push/push-channel.ts';
import { createReadiness } from './readiness.ts';
import { createRecording, expose, type RecordingSettings } from './recording.ts';
import { createReporter } from './reporter.ts';
import { createStorage } from './storage.ts';
import { createSticky } from './sticky.ts';
import { createSyncRuntime } from './sync-runtime.ts';
import type { ClientOptions, FlagsClient } from './types.ts';
import { sdkName, sdkVersion } from './version.ts';
import { within } from './within.ts';

/**
 * Makes a client and starts it; returns at once, with the stored snapshot loaded if there is one.
 * @throws FlagsError INVALID_OPTIONS, and nothing else
 */
export const createClient = (options: ClientOptions): FlagsClient => startClient(options, nodePlatform);

/** The same on another platform, for tests. @throws FlagsError INVALID_OPTIONS */
export const startClient = (options: ClientOptions, platform: Platform): FlagsClient => {
  const { urls, key, path, intervalMs } = checkOptions(options);
  const { emitter, failed, error: onError } = createAnnouncements(options.logger, platform);
  const hooks = createHooks(options.hooks, emitter, failed);
  const subscriber = subscriberOf(options, platform);
  const onExposure = exposureListener((...exposure) => expose(recording, ...exposure), hooks);
  const exposes = options.exposures !== false;
  const sticky = createSticky(options.stickyStore, onError);
  const evaluation = createEvaluation(
    emitter,
    path !== undefined,
    {
      now: () => platform.wallMs(),
      sticky: sticky.port,
      ...(exposes ? { onExposure } : {}),
    },
    { onProblem: hooks.configProblem },
  );
  const { evaluator, replica } = evaluation;
  const storage = createStorage(path, key, evaluation, platform, onError);
  const connection = createConnection({
    urls,
    key,
    tls: options.tls,
    platform,
    channel: createChannel(options, subscriber, platform, onError),
    position: () => replica.position,
    onReplaced: () => reporter.again(),
  });
  const calls = createCoreCalls(subscriber, connection);
  const send: RecordingSettings['send'] = (batch) => calls.record(batch);
  const recording = createRecording({ evaluator, send, intervalMs, platform, onError });
  const reporter = createReporter((report) => calls.report(report), platform);
  const sync = createSyncRuntime({
    ...{ replica, connection, calls, platform },
    chunks: evaluation.chunks,
    onStatus: (state) => {
      emitter.emit('state', state);
      readiness.settle();
    },
    onChanged: evaluation.announceChange,
    onPersist: storage.touch,
    onReport: (report) => {
      if (report.status === 'REFUSED') onError(rejected(report));
      reporter.report(report);
    },
    onError,
  });
  const readiness = createReadiness(() => sync.status);
  const cached = storage.load();
  sync.driver.dispatch(cached ? { type: 'started', cached } : { type: 'started' });

  const close = async (timeoutMs: number): Promise<void> => {
    await within(timeoutMs, Promise.all([storage.finish(), recording.sender.flush()]));
    recording.sender.stop();
    reporter.stop();
    sync.close();
    readiness.settle(true);
    emitter.clear();
  };
  return createFace({ hooks, evaluation, sticky, sync, readiness, emitter, platform, close, ...recording });
};

const rejected = ({ refusedRevision }: SyncReport): FlagsError =>
  new FlagsError('SNAPSHOT_REJECTED', `revision ${refusedRevision} was refused`);

const subscriberOf = (
  { environment = '', application = '' }: ClientOptions,
  platform: Platform,
): Subscriber => ({
  environment,
  instance: { id: platform.uuid(), sdk: sdkName, version: sdkVersion, application },
});
