// Puts a client together: evaluator, replica, machine, connection, stored snapshot, reports. Every call of the
// application is guarded: what goes wrong inside is reported, not thrown.
import { createHash } from 'node:crypto';
import { createEvaluator } from '@org/evaluator';
import { createRecorder } from '@org/events';
import { createReplica, type Position, type SyncReport } from '@org/sync';
import { trackChangedFlags } from './changed-flags.ts';
import { createConnection } from './connection.ts';
import { createCoreCalls } from './core-calls.ts';
import { createEmitter } from './emitter.ts';
import { FlagsError, grpcStatus } from './errors.ts';
import { closeTimeoutMs, readyTimeoutMs } from './limits.ts';
import { createEventSender } from './event-sender.ts';
import { createErrorLog } from './log.ts';
import { checkInterval, checkKey, checkUrls, snapshotPath } from './options.ts';
import { createOverrides } from './overrides.ts';
import { nodePlatform, type Platform } from './platform.ts';
import { createAutoChannel } from './push/auto-channel.ts';
import { createNatsListener } from './push/nats-listener.ts';
import type { PushChannel, Subscriber } from './push/push-channel.ts';
import { createWatchChannel } from './push/watch-channel.ts';
import { createReadiness } from './readiness.ts';
import { createReporter } from './reporter.ts';
import { createSnapshotKeeper } from './snapshot-keeper.ts';
import { readSnapshotFile } from './snapshot-file.ts';
import { createSyncRuntime } from './sync-runtime.ts';
import type { ClientEvents, ClientOptions, FlagsClient, TrackOptions } from './types.ts';
import { sdkName, sdkVersion } from './version.ts';

/**
 * Makes a client and starts it; returns at once, with the stored snapshot loaded if there is one.
 * @throws FlagsError INVALID_OPTIONS, and nothing else
 */
export const createClient = (options: ClientOptions): FlagsClient => startClient(options, nodePlatform);

/** The same on another platform, for tests. @throws FlagsError INVALID_OPTIONS */
export const startClient = (options: ClientOptions, platform: Platform): FlagsClient => {
  const urls = checkUrls(options.url);
  const key = checkKey(options.key);
  const path = snapshotPath(options);

  const log = createErrorLog(options.logger, platform);
  const emitter = createEmitter<ClientEvents>((cause) =>
    log(new FlagsError('LISTENER_FAILED', 'a listener threw', { cause })),
  );
  const onError = (error: FlagsError): void => {
    const told = denied(error)
      ? new FlagsError('ACCESS_DENIED', 'the core refuses the key', { cause: error })
      : error;
    log(told);
    emitter.emit('error', told);
  };

  const subscriber: Subscriber = {
    environment: options.environment ?? '',
    instance: {
      id: platform.uuid(),
      sdk: sdkName,
      version: sdkVersion,
      application: options.application ?? '',
    },
  };
  const evaluator = createEvaluator(
    options.exposures === false
      ? {}
      : {
          onExposure: (outcome, context, unitHash) => {
            if (recorder.expose(outcome, context, unitHash)) sender.nudge();
          },
        },
  );
  const recorder = createRecorder({
    wallMs: () => platform.wallMs(),
    drainCounts: (visit) => evaluator.drainCounts(visit),
    revision: () => evaluator.revision,
  });
  const changed = (flagKeys: readonly string[]): void =>
    emitter.emit('change', { revision: evaluator.revision, flagKeys });
  let touched: () => readonly string[] = () => [];
  const replica = createReplica(
    trackChangedFlags(evaluator, (flagKeys) => (touched = flagKeys)),
    path !== undefined,
  );
  const channel = createChannel(options, subscriber, platform, onError);
  const connection = createConnection({
    urls,
    key,
    tls: options.tls,
    platform,
    channel,
    position: () => replica.position,
  });
  const calls = createCoreCalls(subscriber, () => connection.session);
  const sender = createEventSender({
    recorder,
    send: (batch) => calls.record(batch),
    intervalMs: checkInterval(options.flushIntervalMs),
    platform,
    onError,
  });
  const owner = createHash('sha256').update(key).digest('hex');
  const keeper =
    path === undefined ? undefined : createSnapshotKeeper(path, owner, replica, platform, onError);
  const reporter = createReporter((report) => calls.report(report), platform);
  const onReport = (report: SyncReport): void => {
    if (report.status === 'REFUSED')
      onError(new FlagsError('SNAPSHOT_REJECTED', `revision ${report.refusedRevision} was refused`));
    reporter.report(report);
  };
  const sync = createSyncRuntime({
    replica,
    connection,
    calls,
    platform,
    onStatus: (state) => {
      emitter.emit('state', state);
      readiness.settle();
    },
    onChanged: () => {
      if (emitter.has('change')) changed(touched());
    },
    onPersist: () => keeper?.touch(),
    onReport,
    onError,
  });
  const { driver } = sync;
  const readiness = createReadiness(() => driver.state.status);
  const overrides = createOverrides(evaluator, changed);

  const loadStored = (): Position | undefined => {
    const stored = path === undefined ? undefined : readSnapshotFile(path, owner, onError);
    const result = stored && replica.load(stored);
    if (result && !result.ok)
      onError(new FlagsError('SNAPSHOT_FILE_DAMAGED', 'the stored snapshot does not hash to its own hash'));
    return result?.ok ? result.position : undefined;
  };
  const cached = loadStored();
  driver.dispatch(cached ? { type: 'started', cached } : { type: 'started' });

  let closing: Promise<void> | undefined;
  const close = async (timeoutMs: number): Promise<void> => {
    await within(timeoutMs, Promise.all([keeper?.finish(), sender.flush()]));
    sender.stop();
    reporter.stop();
    sync.close();
    readiness.settle(true);
    emitter.clear();
  };

  return {
    get state() {
      return driver.state.status;
    },
    get revision() {
      return replica.position?.revision ?? -1;
    },
    get hash() {
      return replica.position?.hash;
    },
    get age() {
      return platform.nowMs() - driver.state.freshAtMs;
    },
    boolean: (flag, defaultValue) => evaluator.boolean(flag, defaultValue),
    string: (flag, defaultValue) => evaluator.string(flag, defaultValue),
    number: (flag, defaultValue) => evaluator.number(flag, defaultValue),
    object: (flag, defaultValue) => evaluator.object(flag, defaultValue),
    flagKeys: () => evaluator.flagKeys(),
    ready: ({ timeoutMs = readyTimeoutMs } = {}) => readiness.wait(timeoutMs),
    on: (name, listener) => emitter.on(name, listener),
    track(name, given) {
      // An application without types may leave it out.
      const { context, value, attributes }: Partial<TrackOptions> = given ?? {};
      recorder.track(name, context, value, attributes);
      sender.nudge();
    },
    override: (flag, value) => overrides.set(flag, value),
    clearOverride: (flag) => overrides.clear(flag),
    flush: () => sender.flush(),
    close: ({ timeoutMs = closeTimeoutMs } = {}) => (closing ??= close(timeoutMs)),
  };
};

const createChannel = (
  { transport = 'auto', natsTls }: ClientOptions,
  subscriber: Subscriber,
  platform: Platform,
  onError: (error: FlagsError) => void,
): PushChannel => {
  const watch = createWatchChannel(subscriber);
  if (transport === 'grpc') return watch;
  const nats = createNatsListener({ subscriber, platform, tls: natsTls });
  return createAutoChannel({ nats, watch: transport === 'nats' ? undefined : watch, platform, onError });
};

const denied = ({ status }: FlagsError): boolean =>
  status === grpcStatus.unauthenticated || status === grpcStatus.permissionDenied;

/** Waits for the work, but not longer. Keeps the process alive meanwhile: the application awaits it. */
const within = async (timeoutMs: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
};
