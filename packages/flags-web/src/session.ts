// Keeps the state of one environment: runs @org/sync's stream machine over the link, and stores the state for the next
// page. Every failure ends in an event of the machine, none in the application.
import {
  createStreamMachine,
  createStreamReplica,
  hash64,
  type ReplicaEvaluator,
  type StreamMachine,
  type SyncStatus,
} from '@org/sync/stream';
import type { Api } from './api.ts';
import { storeAfterMs } from './limits.ts';
import { createLink } from './link.ts';
import { bootstrapOf } from './messages.ts';
import { readStoredSnapshot, writeStoredSnapshot } from './stored-snapshot.ts';
import { tabProtocol } from './tab-message.ts';

export interface Session {
  /** The page is back in sight, or the network is: looks after the stream at once. */
  wake(): void;
  /** The page may not hold a stream for now. */
  suspend(): void;
  resume(): void;
  close(): void;
}

export interface SessionOptions {
  readonly api: Api;
  /** Tells this environment's storage and tabs from others of the same origin. */
  readonly scope: string;
  readonly evaluator: ReplicaEvaluator;
  /** `flags.v1.Instance`. */
  readonly instance: object;
  readonly bootstrap: unknown;
  readonly stores: boolean;
  /** False: the stream is closed as soon as the state is confirmed. */
  readonly streams: boolean;
  onStatus(status: SyncStatus): void;
  /** Another revision runs. */
  onChange(): void;
}

export const startSession = (options: SessionOptions): Session => {
  const { api, instance, stores, streams, onStatus } = options;
  const name = `${tabProtocol}:${hash64(options.scope)}`;
  const replica = createStreamReplica(options.evaluator);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let storing: ReturnType<typeof setTimeout> | undefined;
  let idle = false;

  const store = (): void => {
    storing = undefined;
    if (link.leads()) writeStoredSnapshot(name, replica.snapshot());
  };

  const machine: StreamMachine = createStreamMachine(replica, {
    now: () => performance.now(),
    random: Math.random,
    connect: (position) => idle || link.connect(position),
    disconnect: () => link.disconnect(),
    wakeIn(delayMs) {
      clearTimeout(timer);
      timer = setTimeout(machine.tick, delayMs);
    },
    onStatus(status) {
      onStatus(status);
      if (streams || status !== 'READY') return;
      idle = true;
      link.disconnect();
    },
    onChange() {
      options.onChange();
      if (stores) storing ??= setTimeout(store, storeAfterMs);
    },
  });

  const link = createLink({
    api,
    name,
    instance,
    machine,
    position: () => replica.position,
    answer(position) {
      if (machine.status !== 'READY') return undefined;
      const { revision, hash } = replica.position!;
      return position?.hash === hash && position.revision === revision
        ? { heartbeat: replica.position }
        : { snapshot: replica.snapshot() };
    },
  });

  // The newest state at hand; one that is damaged is refused as if it came from the server.
  const stored = stores && readStoredSnapshot(name);
  const rendered = bootstrapOf(options.bootstrap);
  if (stored) replica.load(stored);
  const { position } = replica;
  if (rendered && !(position?.historyId === rendered.historyId && position.revision > rendered.revision))
    replica.load(rendered);
  if (replica.position) options.onChange();
  machine.start();

  return {
    wake() {
      if (idle && machine.status !== 'READY') {
        idle = false;
        link.connect(replica.position);
      }
      machine.nudge();
    },
    suspend: link.suspend,
    resume: link.resume,
    close() {
      clearTimeout(timer);
      clearTimeout(storing);
      link.disconnect();
      link.suspend();
    },
  };
};
