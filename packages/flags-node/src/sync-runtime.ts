// Carries out what the sync machine asks for: connection, fetches, timer. Decides nothing by itself.
import {
  createSyncDriver,
  type Replica,
  type SyncAction,
  type SyncDriver,
  type SyncEvent,
  type SyncReport,
  type SyncStatus,
} from '@org/sync';
import { createAlarm } from './alarm.ts';
import type { Connection } from './connection.ts';
import type { CoreCalls } from './core-calls.ts';
import { FlagsError, grpcStatus } from './errors.ts';
import type { ChunkStore } from './lists/chunk-store.ts';
import { createListGate, type ListGate } from './lists/list-gate.ts';
import type { Platform } from './platform.ts';

export interface SyncRuntimeSettings {
  readonly replica: Replica;
  readonly chunks: ChunkStore;
  readonly connection: Connection;
  readonly calls: CoreCalls;
  readonly platform: Platform;
  readonly onStatus: (status: SyncStatus) => void;
  readonly onChanged: (change: Extract<SyncAction, { readonly type: 'load' | 'apply' }>) => void;
  readonly onPersist: () => void;
  readonly onReport: (report: SyncReport) => void;
  readonly onError: (error: FlagsError) => void;
}

/** A running machine. */
export interface SyncRuntime {
  readonly driver: SyncDriver;
  /** The machine's, but after `close` nothing is confirmed any more: STALE instead of READY. */
  readonly status: SyncStatus;
  /** Ends the connection and the timer; nothing is dispatched any more. */
  close(): void;
}

const asError = (error: unknown): FlagsError =>
  error instanceof FlagsError ? error : new FlagsError('CALL_FAILED', 'unexpected', { cause: error });

/** What a fetch came to. */
interface Fetched {
  readonly event: SyncEvent;
  readonly error?: FlagsError;
}

const fetchSnapshot = async (
  calls: CoreCalls,
  { fetch, position }: Extract<SyncAction, { readonly type: 'fetchSnapshot' }>,
): Promise<Fetched> => {
  try {
    const { snapshot } = await calls.getSnapshot(position);
    return { event: snapshot ? { type: 'snapshot', fetch, snapshot } : { type: 'notModified', fetch } };
  } catch (error) {
    return { event: { type: 'fetchFailed', fetch }, error: asError(error) };
  }
};

const fetchDeltas = async (
  calls: CoreCalls,
  { fetch, position, limit }: Extract<SyncAction, { readonly type: 'fetchDeltas' }>,
): Promise<Fetched> => {
  try {
    const { deltas, head } = await calls.getDeltas(position, limit);
    return { event: { type: 'deltas', fetch, deltas, head } };
  } catch (thrown) {
    const error = asError(thrown);
    if (error.status === grpcStatus.outOfRange) return { event: { type: 'deltasUnavailable', fetch } };
    return { event: { type: 'fetchFailed', fetch }, error };
  }
};

const gateFor = (
  { chunks, calls, onError }: SyncRuntimeSettings,
  pass: SyncDriver['dispatch'],
  isClosed: () => boolean,
): ListGate =>
  createListGate({
    chunks,
    pass,
    fetch: (names) => calls.getListChunks(names),
    onError: (error) => {
      if (!isClosed()) onError(asError(error));
    },
    damaged: (message) => new FlagsError('CALL_FAILED', message),
  });

/** Builds the driver around the ports. Send it `started` to begin. */
export const createSyncRuntime = (settings: SyncRuntimeSettings): SyncRuntime => {
  const { replica, connection, calls, platform } = settings;
  let closed = false;

  const pass: SyncDriver['dispatch'] = (event) => {
    if (!closed) driver.dispatch(event);
  };
  const gate = gateFor(settings, pass, () => closed);
  const dispatch: SyncDriver['dispatch'] = (event) => {
    if (!closed) gate.take(event);
  };

  const tell = ({ event, error }: Fetched): void => {
    if (error && !closed) settings.onError(error);
    dispatch(event);
  };
  const wake = createAlarm(platform, () => dispatch({ type: 'tick' }));

  const connect = ({ connection: id }: Extract<SyncAction, { readonly type: 'connect' }>): void => {
    connection.open({
      connected: (resumes) => dispatch({ type: 'connected', connection: id, resumes }),
      snapshot: (snapshot) => dispatch({ type: 'snapshot', connection: id, snapshot }),
      delta: (delta) => dispatch({ type: 'delta', connection: id, delta }),
      heartbeat: (heartbeat) => dispatch({ type: 'heartbeat', connection: id, heartbeat }),
      closed: (error) => {
        if (error) settings.onError(error);
        dispatch({ type: 'disconnected', connection: id, silent: error?.silent ?? false });
      },
    });
  };

  const perform = (action: Exclude<SyncAction, { readonly type: 'load' | 'apply' }>): void => {
    switch (action.type) {
      case 'connect':
        return connect(action);
      case 'disconnect':
        return connection.close();
      case 'fetchSnapshot':
        return void fetchSnapshot(calls, action).then(tell);
      case 'fetchDeltas':
        return void fetchDeltas(calls, action).then(tell);
      case 'persist':
        return settings.onPersist();
      case 'report':
        return settings.onReport(action.report);
      case 'state':
        return settings.onStatus(action.status);
      case 'wake':
        wake.set(action.atMs);
    }
  };

  const driver = createSyncDriver(replica, {
    now: () => platform.nowMs(),
    random: () => platform.random(),
    perform,
    changed: settings.onChanged,
  });

  return {
    driver,
    get status() {
      const { status } = driver.state;
      return closed && status === 'READY' ? 'STALE' : status;
    },
    close() {
      closed = true;
      gate.close();
      wake.stop();
      connection.close();
    },
  };
};
