// Asymptotic confidence sequences: intervals of any estimate with a standard error that hold at all times at once.
import { demand, demandFinite, demandInside, demandPositive, positiveMin } from '../errors.ts';
import { criticalZ, type Interval } from '../interval.ts';
import { plainZero } from '../numerics/series.ts';

/** An estimate at one look. */
export interface SequenceLook {
  /** Units of all arms together. */
  readonly units: number;
  readonly estimate: number;
  readonly standardError: number;
}

/** How the sequence is tuned. */
export interface SequenceOptions {
  readonly alpha: number;
  /** The number of units at which the interval is to be tightest, fixed before the start. */
  readonly unitsTuned: number;
}

/** What one look says. */
export interface SequenceEvidence {
  readonly rho: number;
  readonly halfWidth: number;
  readonly interval: Interval;
  /** log of the e-value of "no effect". */
  readonly logE: number;
  readonly p: number;
  readonly negLogP: number;
  /** How much wider than a fixed interval that allows one look only. */
  readonly widthRatio: number;
}

/**
 * The two-sided asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024, as in GrowthBook and Eppo). Valid
 * for any stopping rule once the estimate is about normal. It is not before: with unequal splits and rare events the plug-in
 * standard error rejects far too often in the first looks, so ask `enoughEvidence` first. Null when the standard error
 * is below 1e-75 or what follows from it overflows.
 * @throws StatsError when an argument is out of its domain.
 */
export function asymptoticSequence(look: SequenceLook, options: SequenceOptions): SequenceEvidence | null {
  demandLook(look, options);
  const { units, estimate, standardError } = look;
  if (standardError < positiveMin) return null;
  const { alpha, unitsTuned } = options;
  const rho = rhoOf(alpha, unitsTuned);
  const learned = units * rho * rho;
  const halfWidth =
    standardError * Math.sqrt((2 * (learned + 1) * (0.5 * Math.log1p(learned) - Math.log(alpha))) / learned);
  const z = estimate / standardError;
  const logE = 0.5 * ((z * z * learned) / (learned + 1) - Math.log1p(learned));
  const negLogP = plainZero(Math.max(0, logE));
  if (!Number.isFinite(logE) || !Number.isFinite(halfWidth)) return null;
  return {
    rho,
    halfWidth,
    interval: { lower: plainZero(estimate - halfWidth), upper: plainZero(estimate + halfWidth) },
    logE,
    p: Math.exp(-negLogP),
    negLogP,
    widthRatio: halfWidth / (criticalZ(1 - alpha) * standardError),
  };
}

/** One-sided bounds; each holds at all times at once with probability 1 - alpha. */
export interface SequenceBounds {
  readonly rho: number;
  readonly halfWidth: number;
  readonly lowerBound: number;
  readonly upperBound: number;
}

/**
 * The one-sided asymptotic confidence sequence (Waudby-Smith et al. 2024, appendix), for guardrails. Conditions as the two-sided one.
 * @throws StatsError when an argument is out of its domain.
 */
export function asymptoticBounds(look: SequenceLook, options: SequenceOptions): SequenceBounds | null {
  demandLook(look, options);
  const { units, estimate, standardError } = look;
  if (standardError < positiveMin) return null;
  const alpha = 2 * options.alpha;
  demand(alpha < 1, 'alpha', 'must be below 1/2 for a one-sided bound');
  const rho = rhoOf(alpha, options.unitsTuned);
  const learned = units * rho * rho;
  const logTerm = Math.log1p(Math.sqrt(learned + 1) / alpha);
  const halfWidth = standardError * Math.sqrt((2 * (learned + 1) * logTerm) / learned);
  if (!Number.isFinite(halfWidth)) return null;
  return {
    rho,
    halfWidth,
    lowerBound: plainZero(estimate - halfWidth),
    upperBound: plainZero(estimate + halfWidth),
  };
}

/** The mixing parameter that is about optimal at the tuned number of units. */
function rhoOf(alpha: number, unitsTuned: number): number {
  const log = -2 * Math.log(alpha);
  return Math.sqrt((log + Math.log(log + 1)) / unitsTuned);
}

function demandLook({ units, estimate, standardError }: SequenceLook, options: SequenceOptions): void {
  demandPositive(units, 'units');
  demandFinite(estimate, 'estimate');
  demandFinite(standardError, 'standardError');
  demandInside(options.alpha, 'alpha');
  demandPositive(options.unitsTuned, 'unitsTuned');
}
