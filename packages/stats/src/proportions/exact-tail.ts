// Two-sided exact tests of unimodal discrete distributions: every outcome that is at most as likely as the observed one counts.
import { firstHolding } from '../numerics/search.ts';
import { logSumExp } from '../numerics/series.ts';

/** A unimodal distribution on whole numbers. */
export interface DiscreteDistribution {
  readonly from: number;
  readonly to: number;
  /** A most likely outcome. */
  readonly mode: number;
  readonly logDensity: (k: number) => number;
  /** density(k + 1) / density(k). */
  readonly ratio: (k: number) => number;
}

// Outcomes whose probabilities differ by rounding only count as equally likely, as in R.
const slack = Math.log1p(1e-7);

/** log P(X >= k). */
export function logUpperTail(distribution: DiscreteDistribution, k: number): number {
  const { from, to, mode, logDensity, ratio } = distribution;
  if (k <= from) return 0;
  if (k > to) return -Infinity;
  if (k <= mode) return log1mExpOf(logLowerTail(distribution, k - 1));
  let term = 1;
  let sum = 1;
  for (let j = k; j < to && term > sum * 1e-17; j++) {
    term *= ratio(j);
    sum += term;
  }
  return Math.min(0, logDensity(k) + Math.log(sum));
}

/** log P(X <= k). */
export function logLowerTail(distribution: DiscreteDistribution, k: number): number {
  const { from, to, mode, logDensity, ratio } = distribution;
  if (k >= to) return 0;
  if (k < from) return -Infinity;
  if (k >= mode) return log1mExpOf(logUpperTail(distribution, k + 1));
  let term = 1;
  let sum = 1;
  for (let j = k; j > from && term > sum * 1e-17; j--) {
    term /= ratio(j - 1);
    sum += term;
  }
  return Math.min(0, logDensity(k) + Math.log(sum));
}

/** log of the two-sided p-value of an observed outcome. */
export function logTwoSidedTail(distribution: DiscreteDistribution, observed: number): number {
  const { from, to, mode, logDensity } = distribution;
  const limit = logDensity(observed) + slack;
  if (logDensity(mode) <= limit) return 0;
  if (observed > mode) {
    // The last outcome below the mode that is as unlikely.
    const other = firstHolding(from, mode, (k) => logDensity(k) > limit) - 1;
    return cap(logSumExp([logUpperTail(distribution, observed), logLowerTail(distribution, other)]));
  }
  const other = firstHolding(mode, to + 1, (k) => logDensity(k) <= limit);
  return cap(logSumExp([logLowerTail(distribution, observed), logUpperTail(distribution, other)]));
}

const cap = (log: number): number => Math.min(0, log);
const log1mExpOf = (log: number): number => (log === -Infinity ? 0 : Math.log(-Math.expm1(log)));
