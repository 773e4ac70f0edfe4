// CUPED: the variance of an outcome that was foreseeable from before the experiment is taken out of it.
import { covarianceOf, mergeBivariate, type BivariateMoments } from '../bivariate-moments.ts';
import { demandInside } from '../errors.ts';
import { meanDifference, meanOf, varianceOf, type Moments } from '../moments.ts';
import { plainZero } from '../numerics/series.ts';
import { welchTTest, type MeanTest } from './t-test.ts';

/** Whose regression slope the outcome is adjusted by. */
export type CupedSlope = 'pooled' | 'within';

/** The adjusted comparison. */
export interface CupedResult {
  readonly theta: number;
  readonly control: AdjustedArm;
  readonly treatment: AdjustedArm;
  readonly difference: number;
  readonly standardError: number;
  /** The share of the unadjusted variance of the difference that is gone. May be negative for small samples. */
  readonly varianceReduction: number;
  /** Welch's test of the adjusted means; null when nothing varies any more. */
  readonly test: MeanTest | null;
}

/** An arm after the adjustment. */
export interface AdjustedArm {
  readonly mean: number;
  readonly variance: number;
}

/**
 * CUPED (Deng, Xu, Kohavi, Walker 2013): outcomes x, covariates y from before exposure, theta from all units together ('pooled', as
 * GrowthBook) or from the variation within arms ('within', as ANCOVA). Assumes that the covariate is independent of the assignment.
 * theta is 0 when the covariate does not vary. Null when an arm has fewer than two units.
 * @throws StatsError when the level is out of its domain.
 */
export function cuped(
  control: BivariateMoments,
  treatment: BivariateMoments,
  slope: CupedSlope,
  level = 0.95,
): CupedResult | null {
  demandInside(level, 'level');
  if (control.x.count < 2 || treatment.x.count < 2) return null;
  const all = mergeBivariate(control, treatment);
  const theta =
    slope === 'pooled'
      ? slopeOf(all.cross, all.y.m2)
      : slopeOf(control.cross + treatment.cross, control.y.m2 + treatment.y.m2);
  const adjusted = [control, treatment].map((arm) => adjust(arm, theta, all.y)) as [Moments, Moments];
  const difference = adjustedDifference(control, treatment, theta);
  // The adjusted arms are told apart by the difference that was computed without cancellation.
  const shifted = { ...adjusted[1], origin: adjusted[0].origin, offset: adjusted[0].offset + difference };
  const after = varianceOfMean(adjusted[0]) + varianceOfMean(adjusted[1]);
  const before = varianceOfMean(control.x) + varianceOfMean(treatment.x);
  return {
    theta,
    control: { mean: meanOf(adjusted[0])!, variance: varianceOf(adjusted[0])! },
    treatment: { mean: meanOf(adjusted[1])!, variance: varianceOf(adjusted[1])! },
    difference,
    standardError: Math.sqrt(after),
    varianceReduction: before > 0 ? plainZero(snap(1 - after / before, 1)) : 0,
    test: welchTTest(adjusted[0], shifted, level),
  };
}

function slopeOf(cross: number, m2: number): number {
  return m2 > 0 ? plainZero(cross / m2) : 0;
}

/** Moments of x - theta (y - mean of all y). */
function adjust(arm: BivariateMoments, theta: number, all: Moments): Moments {
  const m2 = arm.x.m2 - 2 * theta * arm.cross + theta * theta * arm.y.m2;
  const size = arm.x.m2 + 2 * Math.abs(theta * arm.cross) + theta * theta * arm.y.m2;
  const offset = arm.x.offset - theta * meanDifference(all, arm.y)!;
  return { ...arm.x, offset, m2: Math.max(0, snap(m2, size)), m3: 0 };
}

function adjustedDifference(control: BivariateMoments, treatment: BivariateMoments, theta: number): number {
  const outcome = meanDifference(control.x, treatment.x)!;
  const covariate = theta * meanDifference(control.y, treatment.y)!;
  return plainZero(snap(outcome - covariate, Math.abs(outcome) + Math.abs(covariate)));
}

/** A difference that is all rounding error is 0. */
function snap(value: number, size: number): number {
  return Math.abs(value) <= 8 * Number.EPSILON * size ? 0 : value;
}

function varianceOfMean(moments: Moments): number {
  return varianceOf(moments)! / moments.count;
}

/** The covariance of outcome and covariate over the product of their deviations; null where one of them does not vary. */
export function correlationOf(pairs: BivariateMoments): number | null {
  const covariance = covarianceOf(pairs);
  const scale = covariance === null ? 0 : Math.sqrt(varianceOf(pairs.x)! * varianceOf(pairs.y)!);
  return scale > 0 ? plainZero(Math.max(-1, Math.min(1, covariance! / scale))) : null;
}
