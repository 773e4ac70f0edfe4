// What the analytics keeps per experiment arm, metric and partition of units, instead of the units: enough for every test of means,
// ratios and CUPED, mergeable, plain numbers. Quantiles and rank tests need the values themselves.
import { addPair, emptyBivariate, mergeBivariate, type BivariateMoments } from './bivariate-moments.ts';
import { demandFinite } from './errors.ts';
import { addValue, emptyMoments, mergeMoments, type Moments } from './moments.ts';

/** One unit's values of one metric, after its attribution window and winsorization. */
export interface UnitValues {
  /** The outcome; 0 or 1 for conversions; the numerator of a ratio. */
  readonly outcome: number;
  /** From before exposure, for CUPED. */
  readonly covariate?: number;
  /** The denominator of a ratio. */
  readonly denominator?: number;
}

/** Sufficient statistics of one arm and metric. All parts count the same units. */
export interface UnitStatistics {
  /** Units whose outcome is not 0: converted, bought. The rarer side of a conversion is the smaller of this and the rest. */
  readonly nonZero: number;
  readonly outcome: Moments;
  /** Outcome (x) with covariate (y); no unit where the metric has no covariate. */
  readonly covariate: BivariateMoments;
  /** Numerator (x) with denominator (y); no unit where the metric is no ratio. */
  readonly ratio: BivariateMoments;
}

/** Statistics of no unit. */
export const emptyStatistics: UnitStatistics = {
  nonZero: 0,
  outcome: emptyMoments,
  covariate: emptyBivariate,
  ratio: emptyBivariate,
};

/**
 * Statistics with one unit more.
 * @throws StatsError when a value is not finite.
 */
export function addUnit(statistics: UnitStatistics, values: UnitValues): UnitStatistics {
  const { outcome, covariate, denominator } = values;
  demandFinite(outcome, 'outcome');
  return {
    nonZero: statistics.nonZero + (outcome === 0 ? 0 : 1),
    outcome: addValue(statistics.outcome, outcome),
    covariate:
      covariate === undefined ? statistics.covariate : addPair(statistics.covariate, outcome, covariate),
    ratio: denominator === undefined ? statistics.ratio : addPair(statistics.ratio, outcome, denominator),
  };
}

/** Statistics of both parts together. */
export function mergeStatistics(a: UnitStatistics, b: UnitStatistics): UnitStatistics {
  return {
    nonZero: a.nonZero + b.nonZero,
    outcome: mergeMoments(a.outcome, b.outcome),
    covariate: mergeBivariate(a.covariate, b.covariate),
    ratio: mergeBivariate(a.ratio, b.ratio),
  };
}

/**
 * Statistics of all partitions. Merged in the order given, so that processes that share the partitions get the same bits as one that has
 * them all, whoever computed which.
 */
export function mergePartitions(partitions: Iterable<UnitStatistics>): UnitStatistics {
  let all = emptyStatistics;
  for (const part of partitions) all = mergeStatistics(all, part);
  return all;
}

/** The rarer of "not 0" and "0": the number of events that `enoughEvidence` asks for. */
export function rarerEvents({ nonZero, outcome }: UnitStatistics, isConversion: boolean): number {
  return isConversion ? Math.min(nonZero, outcome.count - nonZero) : nonZero;
}
