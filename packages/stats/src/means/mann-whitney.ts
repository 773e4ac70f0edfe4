// Mann and Whitney's rank test: does one arm tend to larger values?
import { demandSample } from '../errors.ts';
import { twoSidedOf } from '../numerics/distributions.ts';
import { ranks } from '../numerics/jstat.ts';
import { normalTails } from '../numerics/normal.ts';
import { plainZero } from '../numerics/series.ts';

/** Below this size of both arms, and without ties, the exact distribution is computed. */
export const exactSizeMax = 50;

/** The normal approximation's statistic and two-sided p-value. */
export interface RankStatistic {
  readonly z: number;
  readonly p: number;
}

/** The rank test of x against y. */
export interface RankTest {
  /** Pairs with x > y, ties counted half; `uY` is the rest. */
  readonly uX: number;
  readonly uY: number;
  /** P(x > y) + P(x = y)/2: the probability of superiority. */
  readonly auc: number;
  readonly hasTies: boolean;
  /** With continuity correction; null when all values are equal. */
  readonly corrected: RankStatistic | null;
  readonly uncorrected: RankStatistic | null;
  /** The exact two-sided p-value; null with ties or an arm of 50 values or more. */
  readonly exactP: number | null;
}

/**
 * The Mann-Whitney U test (Mann, Whitney 1947; Wilcoxon 1945), with the variance corrected for ties. Assumes independent values; tests
 * equality of the distributions, not of means or medians.
 * @throws StatsError when a sample is empty or holds anything but finite numbers.
 */
export function mannWhitney(x: readonly number[], y: readonly number[]): RankTest {
  demandSample(x, 'x');
  demandSample(y, 'y');
  const pooled = ranks([...x, ...y]);
  const pairs = x.length * y.length;
  const rankSum = pooled.slice(0, x.length).reduce((a, b) => a + b, 0);
  const uX = rankSum - (x.length * (x.length + 1)) / 2;
  const ties = tieSizes(pooled);
  const total = x.length + y.length;
  const tieTerm = ties.reduce((sum, t) => sum + t * (t * t - 1), 0);
  const variance = (pairs / 12) * (total + 1 - tieTerm / (total * (total - 1)));
  const hasTies = ties.length > 0;
  const isExact = !hasTies && x.length < exactSizeMax && y.length < exactSizeMax;
  return {
    uX,
    uY: pairs - uX,
    auc: uX / pairs,
    hasTies,
    corrected: statistic(uX - pairs / 2, variance, 0.5),
    uncorrected: statistic(uX - pairs / 2, variance, 0),
    exactP: isExact ? exactTwoSided(uX, x.length, y.length) : null,
  };
}

function statistic(excess: number, variance: number, correction: number): RankStatistic | null {
  if (!(variance > 0)) return null;
  const z = plainZero((excess - Math.sign(excess) * correction) / Math.sqrt(variance));
  return { z, p: twoSidedOf(normalTails(Math.abs(z))).p };
}

/** The sizes of groups of equal values, above 1. */
function tieSizes(pooled: readonly number[]): readonly number[] {
  const sizes = new Map<number, number>();
  for (const rank of pooled) sizes.set(rank, (sizes.get(rank) ?? 0) + 1);
  return [...sizes.values()].filter((size) => size > 1);
}

/** Counts arrangements by Mann and Whitney's recursion, which only adds: N(u; i, j) = N(u - j; i - 1, j) + N(u; i, j - 1). */
function exactTwoSided(u: number, m: number, n: number): number {
  const pairs = m * n;
  const counts = Array.from({ length: m + 1 }, () => new Float64Array(pairs + 1));
  for (const row of counts) row[0] = 1;
  for (let j = 1; j <= n; j++) {
    for (let i = 1; i <= m; i++) {
      const [row, shorter] = [counts[i]!, counts[i - 1]!];
      for (let k = i * j; k >= j; k--) row[k]! += shorter[k - j]!;
    }
  }
  const all = counts[m]!.reduce((a, b) => a + b, 0);
  const tail = counts[m]!.subarray(0, Math.min(u, pairs - u) + 1).reduce((a, b) => a + b, 0);
  return Math.min(1, (2 * tail) / all);
}
