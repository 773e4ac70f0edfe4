// Guardrails: a test that shows that something did not get worse by more than a margin, instead of not seeing that it did.
import { demandInside, demandPositive } from './errors.ts';
import { normalQuantile, normalTails } from './numerics/normal.ts';
import { plainZero } from './numerics/series.ts';
import {
  demandArms,
  rateDifference,
  rateOf,
  rateVariance,
  relativeLift,
  type Proportion,
} from './proportions/proportion.ts';

/** Which direction of a metric is good. */
export type Direction = 'higher' | 'lower';

/** A one-sided test against a margin. */
export interface MarginTest {
  readonly estimate: number;
  readonly standardError: number;
  readonly z: number;
  readonly p: number;
  readonly logP: number;
  /** The lower confidence bound of the improvement (the change, signed so that better is positive). */
  readonly bound: number;
  /** The bound is above minus the margin. */
  readonly isNonInferior: boolean;
}

/** What the test is made against. */
export interface MarginOptions {
  /** The loss that is still acceptable, above 0, on the scale of the estimate. */
  readonly margin: number;
  readonly better: Direction;
  /** One-sided. */
  readonly alpha: number;
}

/**
 * The one-sided non-inferiority test of any normal estimate of a change (treatment minus control, or relative). Null when the
 * standard error is not above 0.
 * @throws StatsError when the margin is not above 0 or alpha not inside (0, 1).
 */
export function nonInferiorityTest(
  estimate: number,
  standardError: number,
  { margin, better, alpha }: MarginOptions,
): MarginTest | null {
  demandPositive(margin, 'margin');
  demandInside(alpha, 'alpha');
  if (!(standardError > 0)) return null;
  const improvement = better === 'higher' ? estimate : -estimate;
  const z = (improvement + margin) / standardError;
  const { upper, logUpper } = normalTails(z);
  const bound = plainZero(improvement - normalQuantile(alpha, 'upper') * standardError);
  return {
    estimate,
    standardError,
    z,
    p: upper,
    logP: plainZero(logUpper),
    bound,
    isNonInferior: bound > -margin,
  };
}

/** The absolute and the relative test of two rates. */
export interface RateMarginTest {
  readonly marginAbsolute: number;
  readonly absolute: MarginTest;
  readonly relative: MarginTest;
}

/**
 * Non-inferiority of a rate by a margin relative to control's rate: the Wald test with the margin taken as fixed, and the relative
 * effect by the delta method, which also counts that control's rate is an estimate. Null when control has no success or neither
 * arm varies.
 * @throws StatsError when an arm, the margin or alpha is out of its domain.
 */
export function rateNonInferiority(
  control: Proportion,
  treatment: Proportion,
  { margin, better, alpha }: MarginOptions,
): RateMarginTest | null {
  demandArms(control, treatment);
  demandPositive(margin, 'margin');
  const base = rateOf(control);
  const lift = relativeLift(control, treatment);
  if (lift === null) return null;
  const marginAbsolute = margin * base;
  const share = rateOf(treatment) / base;
  const standardError = Math.sqrt(rateVariance(control) + rateVariance(treatment));
  const relativeError = Math.sqrt(rateVariance(treatment) + share * share * rateVariance(control)) / base;
  const absolute = nonInferiorityTest(rateDifference(control, treatment), standardError, {
    margin: marginAbsolute,
    better,
    alpha,
  });
  const relative = nonInferiorityTest(lift, relativeError, { margin, better, alpha });
  return absolute === null || relative === null ? null : { marginAbsolute, absolute, relative };
}
