// Quantiles of samples (latency, order value), their intervals, and winsorization.
import { demand, demandInside, demandSample } from '../errors.ts';
import type { Interval } from '../interval.ts';
import { plainZero } from '../numerics/series.ts';
import { binomialQuantile } from '../numerics/quantile.ts';
import { logBinomialDensity } from '../numerics/binomial-density.ts';
import { criticalZ } from '../interval.ts';
import { zSignificance, type Significance } from '../significance.ts';

/** Types of sample quantiles by Hyndman and Fan (1996): 7 interpolates, 1 is a value, 2 averages at steps. */
export type QuantileType = 1 | 2 | 7;

/** A copy in ascending order. */
export function sorted(values: readonly number[]): readonly number[] {
  return Float64Array.from(values, plainZero).sort() as unknown as readonly number[];
}

/**
 * A sample quantile of values in ascending order.
 * @throws StatsError when there is no value or q is no probability.
 */
export function sampleQuantile(ascending: readonly number[], q: number, type: QuantileType = 7): number {
  demand(ascending.length > 0, 'values', 'must hold at least 1 values');
  demand(q >= 0 && q <= 1, 'q', 'must lie between 0 and 1');
  const n = ascending.length;
  if (type === 7) {
    const position = (n - 1) * q;
    const index = Math.floor(position);
    const low = ascending[index]!;
    const high = ascending[Math.min(index + 1, n - 1)]!;
    return low === high ? low : low + (position - index) * (high - low);
  }
  const position = n * q;
  // As R does: a position just below a whole number, by rounding, is that number.
  const index = Math.floor(position + 4 * Number.EPSILON);
  const at = (i: number): number => ascending[Math.min(Math.max(i, 1), n) - 1]!;
  if (position > index) return at(index + 1);
  return type === 1 ? at(index) : (at(index) + at(index + 1)) / 2;
}

/** Ranks (1-based) of the order statistics between which a quantile lies. */
export interface QuantileRanks {
  /** 0: no value is low enough. */
  readonly lower: number;
  /** size + 1: no value is high enough. */
  readonly upper: number;
}

/**
 * The distribution-free interval of a quantile by binomial ranks (Hahn, Meeker 1991): covers at least the level for any continuous
 * distribution.
 * @throws StatsError when size, q or level is out of its domain.
 */
export function quantileRanks(size: number, q: number, level: number): QuantileRanks {
  demand(Number.isSafeInteger(size) && size >= 1, 'size', 'must be a whole number of at least 1');
  demandInside(q, 'q');
  demandInside(level, 'level');
  const tail = (1 - level) / 2;
  return {
    lower: binomialQuantile(tail, size, q),
    upper: binomialQuantile(tail, size, q, 'upper') + 1,
  };
}

/** A quantile with its interval and the standard error read off from it. */
export interface QuantileEstimate extends Interval {
  readonly value: number;
  readonly standardError: number;
}

/**
 * A quantile of one arm with its rank interval, and the standard error that a normal interval of that width would have (Deng,
 * Knoblich, Lu 2018: the outer interval). Assumes independent units. Null when the sample is too small for the level.
 * @throws StatsError when the sample, q or level is out of its domain.
 */
export function quantileEstimate(
  ascending: readonly number[],
  q: number,
  level = 0.95,
): QuantileEstimate | null {
  demandSample(ascending, 'values');
  const { lower, upper } = quantileRanks(ascending.length, q, level);
  if (lower < 1 || upper > ascending.length) return null;
  const interval = { lower: ascending[lower - 1]!, upper: ascending[upper - 1]! };
  const standardError = (interval.upper - interval.lower) / (2 * criticalZ(level));
  return { value: sampleQuantile(ascending, q), standardError, ...interval };
}

/**
 * The z-test of a difference of quantiles (treatment minus control) by their outer intervals. Null when an arm is too small or
 * neither varies around the quantile.
 * @throws StatsError when a sample, q or level is out of its domain.
 */
export function quantileTest(
  control: readonly number[],
  treatment: readonly number[],
  q: number,
  level = 0.95,
): { readonly difference: number; readonly significance: Significance } | null {
  const c = quantileEstimate(control, q, level);
  const t = quantileEstimate(treatment, q, level);
  if (c === null || t === null) return null;
  const difference = t.value - c.value;
  const significance = zSignificance(difference, Math.hypot(c.standardError, t.standardError));
  return significance === null ? null : { difference, significance };
}

/** Caps for winsorization. */
export interface WinsorLimits {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Values capped at two of their own quantiles, type 7 (Dixon 1960). Take the limits from both arms together, or from history:
 * limits per arm hide effects in the tail.
 * @throws StatsError when the sample is out of its domain or the shares are not ordered.
 */
export function winsorLimits(
  values: readonly number[],
  lowerShare: number,
  upperShare: number,
): WinsorLimits {
  demandSample(values, 'values');
  demand(
    lowerShare >= 0 && lowerShare <= upperShare && upperShare <= 1,
    'shares',
    'must be ordered in [0, 1]',
  );
  const ascending = sorted(values);
  return { lower: sampleQuantile(ascending, lowerShare), upper: sampleQuantile(ascending, upperShare) };
}

/** Values capped at the limits. */
export function winsorize(values: readonly number[], { lower, upper }: WinsorLimits): readonly number[] {
  return values.map((value) => plainZero(Math.min(upper, Math.max(lower, value))));
}

/** The confidence that a pair of ranks covers a quantile: sum of binomial chances between them. */
export function coverageOfRanks({ lower, upper }: QuantileRanks, size: number, q: number): number {
  let coverage = 0;
  for (let k = lower; k < upper; k++) coverage += Math.exp(logBinomialDensity(k, size, q));
  return Math.min(1, coverage);
}
