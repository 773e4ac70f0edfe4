// What accumulates over looks: the always-valid p-value, the running intersection of intervals, the first rejection.
import { demandInside } from '../errors.ts';
import type { Interval } from '../interval.ts';

/** Everything the looks so far have proved. A plain value: keep it between looks. */
export interface AlwaysValid {
  readonly looks: number;
  /** The largest log e-value so far, at least 0; the always-valid p-value is e to minus this. */
  readonly negLogP: number;
  readonly p: number;
  /** The intersection of all intervals so far; null when it is empty (the assumptions failed) or no interval came yet. */
  readonly interval: Interval | null;
  /** Index of the first look with p <= alpha, from 0; null before. */
  readonly firstRejection: number | null;
}

/** Before the first look. */
export const noLooks: AlwaysValid = {
  looks: 0,
  negLogP: 0,
  p: 1,
  interval: null,
  firstRejection: null,
};

/**
 * Adds a look: `logE` of any e-process, and its interval if it has one. The p-value never rises again (Johari et al. 2022): valid at any
 * stopping time of the same e-process. Null evidence ("not enough events yet") changes nothing but the number of looks.
 * @throws StatsError when alpha is not inside (0, 1).
 */
export function addLook(
  past: AlwaysValid,
  look: { readonly logE: number; readonly interval?: Interval } | null,
  alpha: number,
): AlwaysValid {
  demandInside(alpha, 'alpha');
  const looks = past.looks + 1;
  if (look === null) return { ...past, looks };
  const negLogP = Math.max(past.negLogP, look.logE);
  const isRejected = negLogP >= -Math.log(alpha);
  return {
    looks,
    negLogP,
    p: Math.exp(-negLogP),
    interval: narrowed(past, look.interval),
    firstRejection: past.firstRejection ?? (isRejected ? past.looks : null),
  };
}

function narrowed(past: AlwaysValid, interval: Interval | undefined): Interval | null {
  if (interval === undefined) return past.interval;
  if (past.interval === null) return past.looks === 0 || past.negLogP === 0 ? interval : null;
  const lower = Math.max(past.interval.lower, interval.lower);
  const upper = Math.min(past.interval.upper, interval.upper);
  return lower <= upper ? { lower, upper } : null;
}
