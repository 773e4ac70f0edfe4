// Tests of the difference of two means: Welch's t, Student's pooled t, the z-test of large samples.
import { demandInside } from '../errors.ts';
import { criticalZ, intervalAround, type Interval } from '../interval.ts';
import { meanDifference, meanOf, varianceOf, type Moments } from '../moments.ts';
import { plainZero } from '../numerics/series.ts';
import { studentTQuantile } from '../numerics/quantile.ts';
import { relativeEffectByDelta, type RelativeEffect } from '../relative-effect.ts';
import { tSignificance, zSignificance, type Significance } from '../significance.ts';

/** A test of a difference of means, with its interval. df is Infinity for the z-test. */
export interface MeanTest extends Significance {
  readonly difference: number;
  readonly df: number;
  readonly interval: Interval;
}

/**
 * Welch's t-test (Welch 1947, Satterthwaite's df), treatment minus control. Assumes independent units and means that are about normal:
 * n per arm of some 355 times the squared skewness, or winsorized values. Null when an arm has fewer than two values or neither
 * arm varies.
 * @throws StatsError when the level is out of its domain.
 */
export function welchTTest(control: Moments, treatment: Moments, level = 0.95): MeanTest | null {
  const parts = partsOf(control, treatment, level);
  if (parts === null) return null;
  const { perControl, perTreatment } = parts;
  const total = perControl + perTreatment;
  // Scaled by the total, so that neither tiny nor huge variances leave the range of a double.
  const c = perControl / total;
  const t = perTreatment / total;
  const df = 1 / ((c * c) / (control.count - 1) + (t * t) / (treatment.count - 1));
  return tTest(parts.difference, Math.sqrt(total), df, level);
}

/**
 * Student's t-test with pooled variance (Student 1908). Assumes equal variances: take Welch's instead unless a protocol asks for this
 * one. Null as Welch's.
 * @throws StatsError when the level is out of its domain.
 */
export function studentTTest(control: Moments, treatment: Moments, level = 0.95): MeanTest | null {
  const parts = partsOf(control, treatment, level);
  if (parts === null) return null;
  const df = control.count + treatment.count - 2;
  const variance = (control.m2 + treatment.m2) / df;
  return tTest(parts.difference, Math.sqrt(variance * (1 / control.count + 1 / treatment.count)), df, level);
}

/**
 * The z-test of a difference of means: Welch's standard error with a normal quantile. For large samples only. Null as Welch's.
 * @throws StatsError when the level is out of its domain.
 */
export function zTest(control: Moments, treatment: Moments, level = 0.95): MeanTest | null {
  const parts = partsOf(control, treatment, level);
  if (parts === null) return null;
  const standardError = Math.sqrt(parts.perControl + parts.perTreatment);
  const significance = zSignificance(parts.difference, standardError);
  if (significance === null) return null;
  const interval = intervalAround(parts.difference, criticalZ(level) * standardError);
  return { ...significance, difference: parts.difference, df: Infinity, interval };
}

/**
 * The relative effect mean(treatment) / mean(control) - 1 by the delta method, with Welch's t quantile. Null when Welch's test is or the
 * control's mean is 0.
 * @throws StatsError when the level is out of its domain.
 */
export function relativeMeanEffect(
  control: Moments,
  treatment: Moments,
  level = 0.95,
): RelativeEffect | null {
  const test = welchTTest(control, treatment, level);
  const parts = partsOf(control, treatment, level);
  if (test === null || parts === null) return null;
  return relativeEffectByDelta(
    { value: meanOf(control)!, variance: parts.perControl },
    { value: meanOf(treatment)!, variance: parts.perTreatment },
    {
      level,
      difference: parts.difference,
      critical: studentTQuantile((1 - level) / 2, test.df, 'upper'),
    },
  );
}

function tTest(difference: number, standardError: number, df: number, level: number): MeanTest | null {
  const significance = tSignificance(difference, standardError, df);
  if (significance === null) return null;
  const critical = studentTQuantile((1 - level) / 2, df, 'upper');
  return { ...significance, difference, df, interval: intervalAround(difference, critical * standardError) };
}

function partsOf(
  control: Moments,
  treatment: Moments,
  level: number,
): { readonly difference: number; readonly perControl: number; readonly perTreatment: number } | null {
  demandInside(level, 'level');
  if (control.count < 2 || treatment.count < 2) return null;
  const perControl = varianceOf(control)! / control.count;
  const perTreatment = varianceOf(treatment)! / treatment.count;
  if (!(perControl + perTreatment > 0)) return null;
  return { difference: plainZero(meanDifference(control, treatment)!), perControl, perTreatment };
}
