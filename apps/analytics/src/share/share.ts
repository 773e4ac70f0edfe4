// This process's part of the partitions: counts on in the shared document, takes what nobody holds, gives up what is more
// than its fair part. What it holds it holds for a lease's time after the last word that got through, by its own clock.
import { setTimeout as pause } from 'node:timers/promises';
import type { SharedMap } from '@org/push-nats/events';
import {
  lowestPosition,
  membersGone,
  noShares,
  parseShares,
  partsOf,
  planShares,
  type Shares,
  type Sightings,
} from './plan-shares.ts';

export interface ShareOptions {
  readonly map: SharedMap;
  /** The same over restarts: a process that comes back in time goes on with its partitions. */
  readonly id: string;
  readonly address: string;
  readonly leaseMs: number;
  /** How far this process has read the log for all of these partitions; 0 where it does not hold one of them yet. */
  readonly position: (parts: ReadonlySet<number>) => number;
  /** Milliseconds that only ever grow. */
  readonly nowMs: () => number;
  /** Units were erased that this process may not know of. Rejects: it is called again. */
  readonly onErasures: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/** A place among the processes that share. */
export interface Share {
  readonly id: string;
  /** What was agreed upon last; undefined before the first word, and when the last one is too long ago. */
  readonly shares: Shares | undefined;
  /** Partitions this process should hold: those of the last agreement, however old. Undefined before the first one. */
  readonly parts: ReadonlySet<number> | undefined;
  /** Up to here all partitions have read the log; 0 while one has no holder, or nothing is known. */
  readonly lowestPosition: number;
  /** Tells everybody that a unit was erased. */
  announceErasure(): Promise<void>;
  close(): Promise<void>;
}

const key = 'shares';
const beatsPerLease = 5;
const triesMax = 10;
const retryMs = 250;

/** Starts counting on. */
export function openShare(options: ShareOptions): Share {
  const { map, id, leaseMs, nowMs, onFailure } = options;
  const closing = new AbortController();
  const sightings: Sightings = new Map();
  let agreed:
    { readonly shares: Shares; readonly atMs: number; readonly parts: ReadonlySet<number> } | undefined;
  let erasuresKnown = -1;

  /** Replaces the document, as often as another process is faster. */
  const replace = async (change: (shares: Shares) => Shares): Promise<void> => {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const atMs = nowMs();
      const held = await map.get(key);
      const shares = change(held === undefined ? noShares : parseShares(held.text));
      if (!(await map.put(key, JSON.stringify(shares), held?.revision ?? 0))) continue;
      const known = agreed?.parts;
      const own = partsOf(shares, id);
      // The same set while nothing changed.
      const parts = known?.size === own.length && own.every((part) => known.has(part)) ? known : new Set(own);
      agreed = { shares, atMs, parts };
      return;
    }
    throw new Error('other analytics processes were faster, again and again');
  };
  const beat = async (): Promise<void> => {
    const self = { id, address: options.address, position: options.position(agreed?.parts ?? new Set()) };
    await replace((shares) => planShares(shares, self, membersGone(shares, sightings, nowMs(), leaseMs)));
    const { erasures } = agreed!.shares;
    if (erasures === erasuresKnown) return;
    await options.onErasures();
    erasuresKnown = erasures;
  };
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const isTold = await beat().then(
        () => true,
        (error: unknown) => {
          onFailure(error);
          return false;
        },
      );
      await pause(isTold ? leaseMs / beatsPerLease : retryMs, undefined, { signal: closing.signal }).catch(
        () => undefined,
      );
    }
  };
  const running = run();
  const isFresh = (): boolean => agreed !== undefined && nowMs() - agreed.atMs < leaseMs;
  return {
    id,
    get shares() {
      return isFresh() ? agreed?.shares : undefined;
    },
    get parts() {
      // Nothing is read before it is known whose events stay out.
      return erasuresKnown < 0 ? undefined : agreed?.parts;
    },
    get lowestPosition() {
      return isFresh() ? lowestPosition(agreed!.shares) : 0;
    },
    announceErasure: () => replace((shares) => ({ ...shares, erasures: shares.erasures + 1 })),
    async close() {
      closing.abort();
      await running;
      await map.close();
    },
  };
}
