// The effect of a variant on a metric, as an estimate with a standard error, by the metric's type. All statistics are those
// of @org/stats; this file chooses among them.
import {
  criticalZ,
  cuped,
  meanOf,
  newcombeInterval,
  pooledZTest,
  ratioOfMeans,
  ratioTest,
  rateOf,
  rateVariance,
  relativeEffectByDelta,
  relativeMeanEffect,
  relativeRateEffect,
  unpooledZTest,
  varianceOf,
  welchTTest,
  zSignificance,
  type Estimate,
  type Interval,
  type Proportion,
  type RelativeEffect,
  type Significance,
} from '@org/stats';
import type { Metric } from '@org/contract/model';
import { isShare } from '../collect/metric-sums.ts';
import type { ArmMetric } from '../collect/request.ts';

/** An effect, treatment minus control, with the test that allows one look. */
export interface Effect {
  readonly method: string;
  readonly difference: number;
  readonly standardError: number;
  readonly significance: Significance;
  readonly interval: Interval;
  /** Null where control is 0. */
  readonly relative: RelativeEffect | null;
  /** By the covariate from before the exposure. */
  readonly varianceReduction?: number;
}

/** Null where there is nothing to test: too few units, or nothing varies. */
export function effectOf(
  { type }: Pick<Metric, 'type'>,
  control: ArmMetric,
  treatment: ArmMetric,
  level: number,
): Effect | null {
  if (control.units < 2 || treatment.units < 2) return null;
  if (type === 'ratio') return ratioEffect(control, treatment, level);
  if (type === 'quantile') return quantileEffect(control, treatment, level);
  if (hasCovariate(control) || hasCovariate(treatment)) {
    const adjusted = cupedEffect(control, treatment, level);
    if (adjusted !== null) return adjusted;
  }
  return isShare(type) ? shareEffect(control, treatment, level) : meanEffect(control, treatment, level);
}

/** A covariate that does not vary takes nothing away. */
const hasCovariate = ({ statistics }: ArmMetric): boolean => statistics.covariate.y.m2 > 0;

/** Units that did it, of all. */
export const proportionOf = ({ units, statistics }: ArmMetric): Proportion => ({
  successes: statistics.nonZero,
  trials: units,
});

function shareEffect(control: ArmMetric, treatment: ArmMetric, level: number): Effect | null {
  const [c, t] = [proportionOf(control), proportionOf(treatment)];
  const { difference, significance } = pooledZTest(c, t);
  // The estimate's own error, for everything that is no test of equality.
  const { standardError } = unpooledZTest(c, t);
  if (significance === null || !(standardError > 0)) return null;
  return {
    method: 'two_proportion_z',
    difference,
    standardError,
    significance,
    interval: newcombeInterval(c, t, level),
    relative: relativeRateEffect(c, t, level),
  };
}

function meanEffect(control: ArmMetric, treatment: ArmMetric, level: number): Effect | null {
  const [c, t] = [control.statistics.outcome, treatment.statistics.outcome];
  const test = welchTTest(c, t, level);
  if (test === null) return null;
  const { difference, standardError, interval } = test;
  const relative = relativeMeanEffect(c, t, level);
  return { method: 'welch_t', difference, standardError, significance: test, interval, relative };
}

function cupedEffect(control: ArmMetric, treatment: ArmMetric, level: number): Effect | null {
  const result = cuped(control.statistics.covariate, treatment.statistics.covariate, 'pooled', level);
  if (result === null || result.test === null) return null;
  const { test, difference, standardError, varianceReduction } = result;
  const relative = relativeEffectByDelta(
    { value: result.control.mean, variance: result.control.variance / control.units },
    { value: result.treatment.mean, variance: result.treatment.variance / treatment.units },
    { level, difference },
  );
  return {
    method: 'cuped_welch_t',
    difference,
    standardError,
    significance: test,
    interval: test.interval,
    relative,
    varianceReduction,
  };
}

function ratioEffect(control: ArmMetric, treatment: ArmMetric, level: number): Effect | null {
  const test = ratioTest(
    ratioOfMeans(control.statistics.ratio),
    ratioOfMeans(treatment.statistics.ratio),
    level,
  );
  if (test === null) return null;
  const { difference, significance, interval, relative } = test;
  const { standardError } = significance;
  return { method: 'ratio_delta', difference, standardError, significance, interval, relative };
}

function quantileEffect(
  { quantile: control }: ArmMetric,
  { quantile: treatment }: ArmMetric,
  level: number,
): Effect | null {
  if (control === undefined || treatment === undefined) return null;
  const difference = treatment.value - control.value;
  const standardError = Math.hypot(control.standardError, treatment.standardError);
  const significance = zSignificance(difference, standardError);
  if (significance === null) return null;
  const relative = relativeEffectByDelta(
    { value: control.value, variance: control.standardError ** 2 },
    { value: treatment.value, variance: treatment.standardError ** 2 },
    { level, difference },
  );
  const half = criticalZ(level) * standardError;
  return {
    method: 'quantile_z',
    difference,
    standardError,
    significance,
    interval: { lower: difference - half, upper: difference + half },
    relative,
  };
}

/** What an arm's metric is, with the variance of that. Null where it is nothing yet. */
export function valueOf({ type }: Pick<Metric, 'type'>, arm: ArmMetric): Estimate | null {
  if (arm.units === 0) return null;
  if (type === 'quantile')
    return arm.quantile === undefined
      ? null
      : { value: arm.quantile.value, variance: arm.quantile.standardError ** 2 };
  if (type === 'ratio') {
    const ratio = ratioOfMeans(arm.statistics.ratio);
    return ratio === null ? null : { value: ratio.ratio, variance: ratio.variance };
  }
  const { outcome } = arm.statistics;
  const value = meanOf(outcome);
  if (value === null) return null;
  if (isShare(type)) return { value: rateOf(proportionOf(arm)), variance: rateVariance(proportionOf(arm)) };
  return { value, variance: (varianceOf(outcome) ?? 0) / arm.units };
}
