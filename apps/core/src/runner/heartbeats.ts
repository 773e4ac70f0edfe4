// When heartbeats are due. Environments take turns, so that their streams do not all speak in the same moment; over the
// push channel an environment that changes all the time is spared them.
import type { Runtime } from '../runtime.ts';

/** The longest silence about an environment. Clients turn elsewhere after 8 s, and are stale after 15 s. */
export const heartbeatIntervalMs = 5_000;
/** How often to look which are due. */
export const heartbeatLookMs = 500;
const turns = heartbeatIntervalMs / heartbeatLookMs;

/** To be called at every look: beats each of them once in an interval. */
export function createTurns(): (all: Iterable<{ beat(): void }>) => void {
  let turn = 0;
  return (all) => {
    let index = 0;
    for (const each of all) if (index++ % turns === turn) each.beat();
    turn = (turn + 1) % turns;
  };
}

/** What was said of each environment, and when. */
export interface Silence {
  /** Something was said of it just now. */
  broken(environmentId: string): void;
  /** True when it has lasted for an interval; that counts as said. */
  isLong(environmentId: string): boolean;
}

/** Knows nothing at first: every silence is long. */
export function createSilence(runtime: Pick<Runtime, 'monotonicMs'>): Silence {
  const saidAtMs = new Map<string, number>();
  return {
    broken: (environmentId) => void saidAtMs.set(environmentId, runtime.monotonicMs()),
    isLong(environmentId) {
      const nowMs = runtime.monotonicMs();
      // Half a look early rather than late: an interval never becomes longer by being looked at.
      const dueMs = (saidAtMs.get(environmentId) ?? -Infinity) + heartbeatIntervalMs - heartbeatLookMs / 2;
      if (nowMs < dueMs) return false;
      saidAtMs.set(environmentId, nowMs);
      return true;
    },
  };
}
