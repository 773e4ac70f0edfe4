// Sample ratio mismatch: do the arms hold as many units as the allocation says? Where they do not, no result can be trusted.
import { demand, demandCount, demandPositive } from './errors.ts';
import { deviance } from './numerics/deviance.ts';
import { productDifference } from './numerics/series.ts';
import { binomialTest } from './proportions/binomial-test.ts';
import { chiSquareStatistic, type ChiSquareStatistic } from './proportions/chi-square-test.ts';

/** Up to how many units the exact binomial test is made; it says the same as chi-square long before. */
export const exactUnitsMax = 100_000_000;

// Smaller shares are taken for mistakes: no traffic of this world fills them.
const shareMin = 1e-12;

/** The fixed-sample tests of an allocation. */
export interface SampleRatioTest {
  readonly total: number;
  readonly df: number;
  readonly pearson: ChiSquareStatistic;
  readonly likelihoodRatio: ChiSquareStatistic;
  /** Units sit in an arm of weight 0: a fault by itself, whatever the p-values say. */
  readonly isTrafficInClosedArm: boolean;
  /** The exact two-sided binomial test of two open arms, no closed ones and at most 100 million units; else null. */
  readonly exactP: number | null;
}

/**
 * Chi-square and G-test of counts against weights (they need not sum to 1), for one look at a planned time; while people watch,
 * take `sequentialSampleRatio`. Arms of weight 0 are left out of the statistics and reported. Null with fewer than two open arms or
 * no unit at all.
 * @throws StatsError when counts or weights are out of their domain or differ in number.
 */
export function sampleRatioTest(
  counts: readonly number[],
  weights: readonly number[],
): SampleRatioTest | null {
  demandAllocation(counts, weights);
  const total = counts.reduce((a, b) => a + b, 0);
  const open = openArms(counts, weights);
  const df = open.length - 1;
  if (df < 1 || total === 0) return null;
  let pearson = 0;
  let likelihoodRatio = 0;
  for (const { count, expected, excess } of expectations(open, total)) {
    pearson += (excess / expected) * excess;
    likelihoodRatio += 2 * (count === 0 ? expected : deviance(count, expected, excess));
  }
  // 2 O log(O/E) is the sum of the deviances but for units in closed arms, which the open ones lack.
  likelihoodRatio -= 2 * (total - open.reduce((sum, { count }) => sum + count, 0));
  const isExact = counts.length === 2 && df === 1 && total <= exactUnitsMax;
  return {
    total,
    df,
    pearson: chiSquareStatistic(pearson, df),
    likelihoodRatio: chiSquareStatistic(likelihoodRatio, df),
    isTrafficInClosedArm: hasTrafficInClosedArm(counts, weights),
    exactP: isExact ? binomialTest({ successes: counts[0]!, trials: total }, open[0]!.share).p : null,
  };
}

/** Whether units sit in arms of weight 0. */
export function hasTrafficInClosedArm(counts: readonly number[], weights: readonly number[]): boolean {
  return counts.some((count, i) => count > 0 && weights[i] === 0);
}

/** An arm with a weight above 0. */
export interface OpenArm {
  readonly count: number;
  readonly weight: number;
  /** weight over the sum of weights. */
  readonly share: number;
}

/** The arms of weight above 0. */
export function openArms(counts: readonly number[], weights: readonly number[]): readonly OpenArm[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  return counts.flatMap((count, i) =>
    weights[i]! > 0 ? [{ count, weight: weights[i]!, share: weights[i]! / sum }] : [],
  );
}

/** Expected counts of open arms, and expected minus observed to full precision. */
export function expectations(
  arms: readonly OpenArm[],
  total: number,
): readonly { readonly count: number; readonly expected: number; readonly excess: number }[] {
  const sum = arms.reduce((a, { weight }) => a + weight, 0);
  return arms.map(({ count, weight }) => ({
    count,
    expected: (total / sum) * weight,
    excess: productDifference(total, weight, count, sum) / sum,
  }));
}

/** Refuses counts and weights that are no allocation. */
export function demandAllocation(counts: readonly number[], weights: readonly number[]): void {
  demand(counts.length === weights.length, 'weights', 'must be as many as the counts');
  demand(counts.length >= 1, 'counts', 'must hold at least one arm');
  counts.forEach((count, i) => demandCount(count, `counts[${i}]`));
  weights.forEach((weight, i) => {
    if (weight !== 0) demandPositive(weight, `weights[${i}]`);
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  weights.forEach((weight, i) => {
    demand(
      weight === 0 || weight >= shareMin * sum,
      `weights[${i}]`,
      'must be 0 or at least 1e-12 of their sum',
    );
  });
}
