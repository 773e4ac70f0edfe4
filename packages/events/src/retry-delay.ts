// How long to wait before a batch is sent again.
import { retryBaseMs, retryCapMs } from './limits.ts';

/** Full jitter up to 1 s * 2^attempts, at most 60 s. `random` in [0, 1). */
export const retryDelayMs = (attempts: number, random: number): number =>
  random * Math.min(retryCapMs, retryBaseMs * 2 ** attempts);
