// The mixture sequential probability ratio test: a normal mixture over the effects that may be true.
import { demand, demandFinite, demandInside, demandPositive } from '../errors.ts';
import type { Interval } from '../interval.ts';
import { plainZero } from '../numerics/series.ts';

/** What is known at one look. */
export interface MixtureLook {
  /** Units per arm so far. */
  readonly perArm: number;
  /** Mean of treatment minus mean of control. */
  readonly difference: number;
  /** Variance of one treatment-minus-control pair: the sum of both arms' variances. */
  readonly pairVariance: number;
}

/** How the test is tuned. */
export interface MixtureOptions {
  /** Variance of the effects mixed over; about the square of the effect that matters. */
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
 * variances only after enough events per arm (see `enoughEvidence`), and with equal arms. For unequal arms use
 * `asymptoticSequence` or counts. Null when the variance is 0: nothing can be said yet.
 * @throws StatsError when an argument is out of its domain.
 */
export function mixtureSprt(
  look: MixtureLook,
  { mixingVariance, alpha }: MixtureOptions,
): MixtureEvidence | null {
  const { perArm, difference, pairVariance } = look;
  demandPositive(perArm, 'perArm');
  demandFinite(difference, 'difference');
  demandFinite(pairVariance, 'pairVariance');
  demand(pairVariance >= 0, 'pairVariance', 'must not be negative');
  demandPositive(mixingVariance, 'mixingVariance');
  demandInside(alpha, 'alpha');
  if (pairVariance === 0) return null;
  // The share of what is uncertain about the effect that the data have taken away.
  const information = (perArm * mixingVariance) / pairVariance;
  const learned = information / (1 + information);
  const z = difference * Math.sqrt(perArm / pairVariance);
  const logE = 0.5 * (z * z * learned - Math.log1p(information));
  const halfWidth = Math.sqrt(
    ((2 * Math.log(1 / alpha) + Math.log1p(information)) / learned) * (pairVariance / perArm),
  );
  return {
    logE,
    halfWidth,
    interval: { lower: plainZero(difference - halfWidth), upper: plainZero(difference + halfWidth) },
  };
}
