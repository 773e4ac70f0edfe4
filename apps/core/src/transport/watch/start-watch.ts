// What a watching client is sent, on any transport: first what it misses, then everything as it happens. Runs in one turn
// from looking at the replica to listening to it, so that nothing falls between.
import { limits } from '@org/contract';
import type { EnvironmentReplica, Encoded, ViewName } from '../../application.ts';
import type { Cancel } from '../../runtime.ts';
import { deltasAfter } from '../methods/sync.ts';

/** What the client has, as its request says; empty for a client that has nothing. */
export interface WatchedState {
  readonly historyId: string;
  readonly revision: number;
  readonly hash: string;
}

/** Sends one encoded `WatchResponse`. May end the stream; must not throw. */
export type Send = (message: Encoded<unknown>) => void;

/** Catches the client up, then follows the replica until cancelled. Always ends the first part with a heartbeat. */
export function startWatch(
  replica: EnvironmentReplica,
  view: ViewName,
  has: WatchedState,
  send: Send,
): Cancel {
  for (const message of missing(replica, view, has)) send(message);
  send(replica.heartbeat(view));
  return replica.subscribe(view, {
    delta: send,
    heartbeat: send,
    reset: () => send(replica.snapshot(view)),
  });
}

function missing(
  replica: EnvironmentReplica,
  view: ViewName,
  has: WatchedState,
): readonly Encoded<unknown>[] {
  const snapshot = (): readonly Encoded<unknown>[] => [replica.snapshot(view)];
  if (has.historyId !== replica.historyId) return snapshot();
  // Ahead of this replica: it will catch up, and an older snapshot would be ignored.
  if (has.revision > replica.revision) return [];
  if (has.revision === replica.revision) {
    return has.hash === '' || has.hash === replica.hash(view) ? [] : snapshot();
  }
  const max = limits.deltasPerResponseMax;
  const deltas = deltasAfter(replica, view, has.historyId, has.revision, max);
  if (deltas === undefined || deltas.length >= max || bytesOf(deltas) > deltaBytesMax) return snapshot();
  return deltas;
}

/** More than this is never cheaper than a snapshot for long: one message, already encoded for all. */
const deltaBytesMax = 2 * 1024 * 1024;

function bytesOf(deltas: readonly Encoded<unknown>[]): number {
  return deltas.reduce((sum, { watchBytes }) => sum + watchBytes.length, 0);
}
