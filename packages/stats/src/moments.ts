// Count, mean, variance and skewness of a stream of numbers, kept so that nothing cancels: everything is relative to an origin
// (the first value), and parts merge (Welford 1962; Chan, Golub, LeVeque 1979; Pébay 2008). Sums of squares appear nowhere.
import { demand, demandCount, demandFinite, demandSample } from './errors.ts';
import { plainZero, sum } from './numerics/series.ts';

/**
 * Mergeable moments of one variable: plain numbers, safe to store and to send. The mean is origin + offset; m2 and m3 are sums of
 * squared and cubed deviations from it.
 */
export interface Moments {
  readonly count: number;
  readonly origin: number;
  readonly offset: number;
  readonly m2: number;
  readonly m3: number;
}

/** Moments of no value. */
export const emptyMoments: Moments = { count: 0, origin: 0, offset: 0, m2: 0, m3: 0 };

/**
 * Moments of values, by two compensated passes.
 * @throws StatsError when a value is not finite.
 */
export function momentsOf(values: readonly number[]): Moments {
  if (values.length === 0) return emptyMoments;
  demandSample(values, 'values');
  const origin = values[0]!;
  const count = values.length;
  const offset = sum(mapped(values, (x) => x - origin)) / count;
  // The second pass also takes the rounding error of the mean out again.
  const rest = sum(mapped(values, (x) => x - origin - offset)) / count;
  const m2 = sum(mapped(values, (x) => (x - origin - offset) ** 2)) - count * rest * rest;
  const m3 = sum(mapped(values, (x) => (x - origin - offset) ** 3));
  return { count, origin, offset: offset + rest, m2: Math.max(0, m2), m3 };
}

function* mapped(values: readonly number[], f: (x: number) => number): Iterable<number> {
  for (const value of values) yield f(value);
}

/**
 * Moments with one value more (Welford).
 * @throws StatsError when the value is not finite.
 */
export function addValue(moments: Moments, value: number): Moments {
  demandFinite(value, 'value');
  return mergeMoments(moments, { count: 1, origin: value, offset: 0, m2: 0, m3: 0 });
}

/** Moments of both parts together. Associative and commutative up to rounding: relative error of m2 below 1e-14 per merge. */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const delta = b.origin - a.origin + (b.offset - a.offset);
  const share = b.count / count;
  const weight = a.count * share;
  return {
    count,
    origin: a.origin,
    offset: a.offset + delta * share,
    m2: a.m2 + b.m2 + delta * delta * weight,
    m3:
      a.m3 +
      b.m3 +
      delta * delta * delta * weight * ((a.count - b.count) / count) +
      3 * delta * ((a.count * b.m2 - b.count * a.m2) / count),
  };
}

/** Moments of many parts, merged from the first to the last: the same parts in the same order give the same bits. */
export function mergeAllMoments(parts: Iterable<Moments>): Moments {
  let all = emptyMoments;
  for (const part of parts) all = mergeMoments(all, part);
  return all;
}

/**
 * Moments from a summary that somebody else made: count, mean and the variance with n - 1. Skewness is taken to be 0.
 * @throws StatsError when a number is out of its domain.
 */
export function momentsOfSummary(count: number, mean: number, variance: number): Moments {
  demandCount(count, 'count');
  demandFinite(mean, 'mean');
  demandFinite(variance, 'variance');
  demand(variance >= 0, 'variance', 'must not be negative');
  return { count, origin: mean, offset: 0, m2: variance * Math.max(0, count - 1), m3: 0 };
}

/** The mean; null of no value. */
export function meanOf({ count, origin, offset }: Moments): number | null {
  return count === 0 ? null : origin + offset;
}

/** The variance with n - 1; null of fewer than two values. */
export function varianceOf({ count, m2 }: Moments): number | null {
  return count < 2 ? null : m2 / (count - 1);
}

/** mean(b) - mean(a), exact also where both means are large; null when a side is empty. */
export function meanDifference(a: Moments, b: Moments): number | null {
  if (a.count === 0 || b.count === 0) return null;
  return b.origin - a.origin + (b.offset - a.offset);
}

/** The skewness m3 / m2^1.5 of the values (population form); null where they do not vary (or below 1e-150). */
export function skewnessOf({ count, m2, m3 }: Moments): number | null {
  const skewness = ((Math.sqrt(count) * m3) / m2) * (1 / Math.sqrt(m2));
  return m2 > 0 && Number.isFinite(skewness) ? plainZero(skewness) : null;
}

/**
 * Moments of zeros and ones, from their counts.
 * @throws StatsError when the successes exceed the trials or one is no count.
 */
export function momentsOfCounts(successes: number, trials: number): Moments {
  demandCount(successes, 'successes');
  demandCount(trials, 'trials');
  demand(successes <= trials, 'successes', 'must not exceed the trials');
  if (trials === 0) return emptyMoments;
  const p = successes / trials;
  const q = (trials - successes) / trials;
  return { count: trials, origin: 0, offset: p, m2: successes * q, m3: successes * q * (q - p) };
}
