// Regression adjustment of an outcome by a covariate: one common slope (ANCOVA), or one slope per arm (Lin 2013).
import type { BivariateMoments } from '../bivariate-moments.ts';
import { bivariateOf } from '../bivariate-moments.ts';
import { meanDifference } from '../moments.ts';
import { studentTTwoSided } from '../numerics/distributions.ts';
import { plainZero, sum } from '../numerics/series.ts';

/** The effect of treatment in a linear model. */
export interface AncovaResult {
  readonly estimate: number;
  readonly standardError: number;
  readonly t: number;
  readonly df: number;
  readonly p: number;
}

/**
 * ANCOVA: outcome ~ arm + covariate by least squares (Fisher 1932), x outcome and y covariate. Assumes one slope and one residual
 * variance in both arms. Null when the covariate does not vary within arms, nothing is left to explain, or df is 0.
 */
export function ancova(control: BivariateMoments, treatment: BivariateMoments): AncovaResult | null {
  const df = control.x.count + treatment.x.count - 3;
  const covariate = control.y.m2 + treatment.y.m2;
  if (control.x.count < 1 || treatment.x.count < 1 || df < 1 || !(covariate > 0)) return null;
  const outcome = control.x.m2 + treatment.x.m2;
  const cross = control.cross + treatment.cross;
  const slope = cross / covariate;
  const residual = outcome - slope * cross;
  if (!(residual > 16 * Number.EPSILON * outcome)) return null;
  const shift = meanDifference(control.y, treatment.y)!;
  const estimate = plainZero(meanDifference(control.x, treatment.x)! - slope * shift);
  const leverage = 1 / control.x.count + 1 / treatment.x.count + (shift * shift) / covariate;
  const standardError = Math.sqrt((residual / df) * leverage);
  const t = plainZero(estimate / standardError);
  return { estimate, standardError, t, df, p: studentTTwoSided(t, df).p };
}

/** Outcomes and covariates of one arm, unit by unit. */
export interface ArmPairs {
  readonly outcome: readonly number[];
  readonly covariate: readonly number[];
}

/**
 * Lin's estimator (Lin 2013): outcome ~ arm * (covariate - mean) with HC2 standard errors (MacKinnon, White 1985). Never less precise than
 * the difference of means in large samples. Null when the covariate does not vary within an arm or a unit determines its own fit.
 * @throws StatsError when a sample is empty, ragged or not finite.
 */
export function linAdjustment(
  control: ArmPairs,
  treatment: ArmPairs,
): { readonly estimate: number; readonly standardError: number } | null {
  const c = bivariateOf(control.outcome, control.covariate);
  const t = bivariateOf(treatment.outcome, treatment.covariate);
  if (!(c.y.m2 > 0) || !(t.y.m2 > 0)) return null;
  const shift = meanDifference(c.y, t.y)!;
  const total = c.x.count + t.x.count;
  // How far the mean covariate of all units lies from each arm's.
  const fromControl = shift * (t.x.count / total);
  const fromTreatment = -shift * (c.x.count / total);
  const estimate =
    meanDifference(c.x, t.x)! + (t.cross / t.y.m2) * fromTreatment - (c.cross / c.y.m2) * fromControl;
  const variance = hc2Variance(control, c, fromControl) + hc2Variance(treatment, t, fromTreatment);
  return Number.isFinite(variance)
    ? { estimate: plainZero(estimate), standardError: Math.sqrt(variance) }
    : null;
}

const freedomMin = 1e-12;

/** HC2 variance of an arm's regression line at a distance from its mean covariate. */
function hc2Variance({ outcome, covariate }: ArmPairs, moments: BivariateMoments, distance: number): number {
  const { x, y, cross } = moments;
  const slope = cross / y.m2;
  return sum(
    outcome.map((value, i) => {
      const centred = covariate[i]! - y.origin - y.offset;
      const residual = value - x.origin - x.offset - slope * centred;
      const weight = 1 / x.count + (distance * centred) / y.m2;
      const freedom = 1 - 1 / x.count - (centred * centred) / y.m2;
      // A unit that determines its own fit leaves no residual to judge by.
      return freedom > freedomMin ? (weight * residual * (weight * residual)) / freedom : NaN;
    }),
  );
}
