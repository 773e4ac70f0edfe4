// Ratio metrics (clicks per view, revenue per session): the unit that was randomised has a numerator and a denominator.
import { bivariateOf, covarianceOf, type BivariateMoments } from '../bivariate-moments.ts';
import { demandInside } from '../errors.ts';
import { criticalZ, intervalAround, type Interval } from '../interval.ts';
import { meanOf, momentsOf, varianceOf } from '../moments.ts';
import { plainZero } from '../numerics/series.ts';
import { relativeEffectByDelta, relativeEffectByFieller, type RelativeEffect } from '../relative-effect.ts';
import { zSignificance, type Significance } from '../significance.ts';

/** One arm's ratio of means and its variance by the delta method. */
export interface RatioOfMeans {
  readonly ratio: number;
  readonly variance: number;
}

/** The comparison of two ratios. */
export interface RatioTest {
  readonly control: RatioOfMeans;
  readonly treatment: RatioOfMeans;
  readonly difference: number;
  readonly significance: Significance;
  readonly interval: Interval;
  /** Relative effect by the delta method; null when the control's ratio is 0. */
  readonly relative: RelativeEffect | null;
  /** Relative interval by Fieller; null when unbounded. */
  readonly fieller: Interval | null;
}

/**
 * mean(x) / mean(y) per unit, x the numerator and y the denominator, with its variance by the first-order delta method (Deng, Knoblich, Lu
 * 2018). Assumes independent units (not events) and a mean denominator many standard errors from 0. Null with fewer than two
 * units or a mean denominator of 0.
 */
export function ratioOfMeans(pairs: BivariateMoments): RatioOfMeans | null {
  const covariance = covarianceOf(pairs);
  if (covariance === null) return null;
  const denominator = meanOf(pairs.y)!;
  if (denominator === 0) return null;
  const ratio = plainZero(meanOf(pairs.x)! / denominator);
  const spread = varianceOf(pairs.x)! - 2 * ratio * covariance + ratio * ratio * varianceOf(pairs.y)!;
  const variance = Math.max(0, spread) / pairs.x.count / denominator / denominator;
  return Number.isFinite(variance) && Number.isFinite(ratio) ? { ratio, variance } : null;
}

/**
 * The same from the units' own values: keeps the digits that moments lose when one unit outweighs all others.
 * @throws StatsError when the lists differ in length or a value is not finite.
 */
export function ratioOfUnits(
  numerators: readonly number[],
  denominators: readonly number[],
): RatioOfMeans | null {
  const rough = ratioOfMeans(bivariateOf(numerators, denominators));
  if (rough === null) return null;
  const denominator = meanOf(momentsOf(denominators))!;
  const residuals = momentsOf(numerators.map((value, i) => value - rough.ratio * denominators[i]!));
  const variance = varianceOf(residuals)! / residuals.count / denominator / denominator;
  return { ratio: rough.ratio, variance };
}

/**
 * The z-test of a difference of two ratios. Null when an arm has no ratio or neither varies.
 * @throws StatsError when the level is out of its domain.
 */
export function ratioTest(
  control: RatioOfMeans | null,
  treatment: RatioOfMeans | null,
  level = 0.95,
): RatioTest | null {
  demandInside(level, 'level');
  if (control === null || treatment === null) return null;
  const difference = plainZero(treatment.ratio - control.ratio);
  const standardError = Math.sqrt(control.variance + treatment.variance);
  const significance = zSignificance(difference, standardError);
  if (significance === null) return null;
  const c = { value: control.ratio, variance: control.variance };
  const t = { value: treatment.ratio, variance: treatment.variance };
  return {
    control,
    treatment,
    difference,
    significance,
    interval: intervalAround(difference, criticalZ(level) * standardError),
    relative: relativeEffectByDelta(c, t, { level, difference }),
    fieller: relativeEffectByFieller(c, t, { level, difference }),
  };
}
