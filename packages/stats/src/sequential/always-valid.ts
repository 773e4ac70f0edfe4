// What accumulates over looks: the always-valid p-value, the running intersection of intervals, the first rejection.
import { demandInside } from '../errors.ts';
import type { Interval } from '../interval.ts';

/** Everything the looks so far have proved. A plain value: keep it between looks. */
export interface AlwaysValid {
  readonly looks: number;
  /** The largest log e-value so far, at least 0; the always-valid p-value is e to minus this. */
  readonly negLogP: number;
  readonly p: number;
  /** The intersection of all intervals so far; null when no interval came yet, or when it is empty. */
  readonly interval: Interval | null;
  /** The intervals have nothing in common: an assumption failed (the effect drifts, the variance was wrong). */
  readonly isContradictory: boolean;
  /** Index of the first look with p <= alpha, from 0; null before. */
  readonly firstRejection: number | null;
}

/** Before the first look. */
export const noLooks: AlwaysValid = {
  looks: 0,
  negLogP: 0,
  p: 1,
  interval: null,
  isContradictory: false,
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
    ...narrowed(past, look.interval),
    firstRejection: past.firstRejection ?? (isRejected ? past.looks : null),
  };
}

function narrowed(
  { interval, isContradictory }: AlwaysValid,
  next: Interval | undefined,
): Pick<AlwaysValid, 'interval' | 'isContradictory'> {
  if (next === undefined || isContradictory) return { interval, isContradictory };
  if (interval === null) return { interval: next, isContradictory };
  const lower = Math.max(interval.lower, next.lower);
  const upper = Math.min(interval.upper, next.upper);
  return lower <= upper
    ? { interval: { lower, upper }, isContradictory: false }
    : { interval: null, isContradictory: true };
}
