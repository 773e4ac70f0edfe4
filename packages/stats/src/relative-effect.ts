// Relative effects, treatment / control - 1, of two independent estimates: by the delta method and by Fieller's theorem.
import { demandFinite } from './errors.ts';
import { criticalZ, type Interval } from './interval.ts';
import { plainZero } from './numerics/series.ts';

/** An estimate and the variance of it (standard error squared). */
export interface Estimate {
  readonly value: number;
  readonly variance: number;
}

/** A relative effect with its interval. */
export interface RelativeEffect extends Interval {
  readonly estimate: number;
  readonly standardError: number;
}

/** How the relative effect is made: `critical` replaces the normal quantile of the level (a t quantile, say). */
export interface RelativeEffectOptions {
  readonly level: number;
  /** treatment - control where it is known to more digits than the two values. */
  readonly difference?: number;
  readonly critical?: number;
}

/**
 * The relative effect by the first-order delta method (GrowthBook, Eppo and others show this one). Assumes that the control's
 * value is many standard errors from 0. Null when the control is 0 or both variances are.
 * @throws StatsError when a number is not finite or the level is out of its domain.
 */
export function relativeEffectByDelta(
  control: Estimate,
  treatment: Estimate,
  { level, difference, critical }: RelativeEffectOptions,
): RelativeEffect | null {
  demandEstimates(control, treatment);
  const z = critical ?? criticalZ(level);
  if (control.value === 0 || (control.variance === 0 && treatment.variance === 0)) return null;
  const estimate = plainZero((difference ?? treatment.value - control.value) / control.value);
  const share = treatment.value / control.value;
  const standardError =
    Math.sqrt(treatment.variance + share * share * control.variance) / Math.abs(control.value);
  if (!Number.isFinite(standardError) || !Number.isFinite(estimate)) return null;
  return {
    estimate,
    standardError,
    lower: plainZero(estimate - z * standardError),
    upper: plainZero(estimate + z * standardError),
  };
}

/**
 * Fieller's interval of the relative effect (Fieller 1954): exact for normal estimates, also when the control is near 0. Null when
 * the control is not distinguishable from 0 at the level: the set of plausible ratios is then unbounded.
 * @throws StatsError when a number is not finite or the level is out of its domain.
 */
export function relativeEffectByFieller(
  control: Estimate,
  treatment: Estimate,
  { level, difference, critical }: RelativeEffectOptions,
): Interval | null {
  demandEstimates(control, treatment);
  const z = critical ?? criticalZ(level);
  const square = z * z;
  const scale = control.value * control.value - square * control.variance;
  if (!(scale > 0)) return null;
  const gap = difference ?? treatment.value - control.value;
  const centre = (control.value * gap + square * control.variance) / scale;
  const spread =
    control.value * control.value * treatment.variance +
    treatment.value * treatment.value * control.variance -
    square * control.variance * treatment.variance;
  const half = (z * Math.sqrt(Math.max(0, spread))) / scale;
  if (!Number.isFinite(centre) || !Number.isFinite(half)) return null;
  return { lower: plainZero(centre - half), upper: plainZero(centre + half) };
}

function demandEstimates(control: Estimate, treatment: Estimate): void {
  demandFinite(control.value, 'control.value');
  demandFinite(control.variance, 'control.variance');
  demandFinite(treatment.value, 'treatment.value');
  demandFinite(treatment.variance, 'treatment.variance');
}
