// The mixture sequential probability ratio test: a normal mixture over the effects that may be true.
import { demand, demandFinite, demandInside, demandPositive, positiveMin } from '../errors.ts';
import type { Interval } from '../interval.ts';
import { plainZero } from '../numerics/series.ts';

/** What is known at one look. */
export interface MixtureLook {
  /** Estimate of treatment minus control. */
  readonly difference: number;
  /** Its standard error so far. */
  readonly standardError: number;
}

/** How the test is tuned. */
export interface MixtureOptions {
  /** Variance of the effects mixed over; about the square of the effect that matters. Fixed before the start. */
  readonly mixingVariance: number;
  readonly alpha: number;
}

/** What one look says. */
export interface MixtureEvidence {
  /** log of the likelihood ratio; exceeds log(1/alpha) at any time with probability at most alpha under no effect. */
  readonly logE: number;
  /** 1 - alpha confidence sequence: covers the effect at all looks at once. */
  readonly interval: Interval;
  readonly halfWidth: number;
}

/**
 * The mixture SPRT (Robbins 1970; Johari, Koomen, Pekelis, Walsh 2022). Exact for normal values of known variance; with estimated
 * variances ask `enoughEvidence` first. Null when the standard error is below 1e-75: nothing can be said yet.
 * @throws StatsError when an argument is out of its domain.
 */
export function mixtureSprt(
  { difference, standardError }: MixtureLook,
  { mixingVariance, alpha }: MixtureOptions,
): MixtureEvidence | null {
  demandFinite(difference, 'difference');
  demandFinite(standardError, 'standardError');
  demand(standardError >= 0, 'standardError', 'must not be negative');
  demandPositive(mixingVariance, 'mixingVariance');
  demandInside(alpha, 'alpha');
  if (standardError < positiveMin) return null;
  const information = mixingVariance / standardError / standardError;
  // The share of what is uncertain about the effect that the data have taken away.
  const learned = 1 / (1 + 1 / information);
  const z = difference / standardError;
  const logE = 0.5 * (z * z * learned - Math.log1p(information));
  const halfWidth = standardError * Math.sqrt((Math.log1p(information) - 2 * Math.log(alpha)) / learned);
  if (!Number.isFinite(logE) || !Number.isFinite(halfWidth)) return null;
  return {
    logE,
    halfWidth,
    interval: { lower: plainZero(difference - halfWidth), upper: plainZero(difference + halfWidth) },
  };
}
