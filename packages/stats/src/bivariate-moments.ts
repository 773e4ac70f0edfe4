// Moments of pairs: an outcome with its covariate (CUPED), a numerator with its denominator (ratio metrics). Merge like Moments.
import { demand, demandSample } from './errors.ts';
import { emptyMoments, mergeMoments, momentsOf, type Moments } from './moments.ts';
import { plainZero, sum } from './numerics/series.ts';

/** Mergeable moments of pairs; `cross` is the sum of products of the deviations. */
export interface BivariateMoments {
  readonly x: Moments;
  readonly y: Moments;
  readonly cross: number;
}

/** Moments of no pair. */
export const emptyBivariate: BivariateMoments = { x: emptyMoments, y: emptyMoments, cross: 0 };

/**
 * Moments of pairs (x[i], y[i]), by two compensated passes.
 * @throws StatsError when the lists differ in length or a value is not finite.
 */
export function bivariateOf(xs: readonly number[], ys: readonly number[]): BivariateMoments {
  demand(xs.length === ys.length, 'y', 'must be as long as x');
  if (xs.length === 0) return emptyBivariate;
  demandSample(xs, 'x');
  demandSample(ys, 'y');
  const x = momentsOf(xs);
  const y = momentsOf(ys);
  const products = xs.map((value, i) => (value - x.origin - x.offset) * (ys[i]! - y.origin - y.offset));
  return { x, y, cross: sum(products) };
}

/** Moments with one pair more. */
export function addPair(moments: BivariateMoments, x: number, y: number): BivariateMoments {
  return mergeBivariate(moments, bivariateOf([x], [y]));
}

/** Moments of both parts together. Associative and commutative up to rounding. */
export function mergeBivariate(a: BivariateMoments, b: BivariateMoments): BivariateMoments {
  const countA = a.x.count;
  const countB = b.x.count;
  if (countA === 0) return b;
  if (countB === 0) return a;
  const dx = b.x.origin - a.x.origin + (b.x.offset - a.x.offset);
  const dy = b.y.origin - a.y.origin + (b.y.offset - a.y.offset);
  return {
    x: mergeMoments(a.x, b.x),
    y: mergeMoments(a.y, b.y),
    cross: a.cross + b.cross + dx * dy * countA * (countB / (countA + countB)),
  };
}

/** The covariance with n - 1; null of fewer than two pairs. */
export function covarianceOf({ x, cross }: BivariateMoments): number | null {
  return x.count < 2 ? null : plainZero(cross / (x.count - 1));
}
