// Bayesian answers for an effect with a normal estimate: chance to win, expected loss, credible interval.
import { demandFinite, demandPositive } from '../errors.ts';
import { criticalZ, intervalAround, type Interval } from '../interval.ts';
import { millsRatio, normalDensity, normalTails } from '../numerics/normal.ts';

/** What was believed before the data. Null: nothing (an improper flat prior). */
export type NormalPrior = { readonly mean: number; readonly sd: number } | null;

/** What is believed after the data. */
export interface NormalPosterior {
  readonly mean: number;
  readonly sd: number;
  /** P(effect > 0). */
  readonly chanceToWin: number;
  readonly logChanceToLose: number;
  /** E[max(-effect, 0)]: what is lost on average by shipping treatment if it is worse. */
  readonly expectedLossOfTreatment: number;
  /** E[max(effect, 0)]: what is lost on average by staying with control if treatment is better. */
  readonly expectedLossOfControl: number;
  readonly interval: Interval;
}

/**
 * The normal-normal conjugate model (Stucchi 2015; as GrowthBook). Assumes a normal estimate of known standard error. Looking repeatedly
 * until the chance to win is high does not keep any error rate: nothing may be stopped automatically by these numbers.
 * @throws StatsError when a number is not finite or a deviation not above 0.
 */
export function normalPosterior(
  estimate: number,
  standardError: number,
  prior: NormalPrior,
  level = 0.95,
): NormalPosterior {
  demandFinite(estimate, 'estimate');
  demandPositive(standardError, 'standardError');
  const { mean, sd } = combine(estimate, standardError, prior);
  const z = mean / sd;
  const tails = normalTails(z);
  return {
    mean,
    sd,
    chanceToWin: tails.lower,
    logChanceToLose: tails.logUpper === 0 ? 0 : tails.logUpper,
    expectedLossOfTreatment: sd * expectedExcess(z),
    expectedLossOfControl: sd * expectedExcess(-z),
    interval: intervalAround(mean, criticalZ(level) * sd),
  };
}

function combine(
  estimate: number,
  standardError: number,
  prior: NormalPrior,
): { readonly mean: number; readonly sd: number } {
  if (prior === null) return { mean: estimate, sd: standardError };
  demandFinite(prior.mean, 'prior.mean');
  demandPositive(prior.sd, 'prior.sd');
  // Relative to the larger precision, so that squares neither overflow nor underflow.
  const ratio = standardError / prior.sd;
  const weight = 1 / (1 + ratio * ratio);
  return {
    mean: estimate * weight + prior.mean * (1 - weight),
    sd: standardError * Math.sqrt(weight),
  };
}

/** E[max(Z - z, 0)] = density(z) - z P(Z > z), by Mills' ratio where that would cancel. */
export function expectedExcess(z: number): number {
  if (z <= 0) return normalDensity(z) - z * normalTails(z).upper;
  if (z > 20) return normalDensity(z) * farExcess(z);
  return normalDensity(z) * (1 - z * millsRatio(z));
}

/** 1 - z Mills(z) by its continued fraction: 1 / (z^2 + 1 + 2 - ...), from the asymptotic series. */
function farExcess(z: number): number {
  const square = 1 / (z * z);
  let term = square;
  let sum = term;
  for (let k = 1; k < 12; k++) {
    term *= -(2 * k + 1) * square;
    sum += term;
  }
  return sum;
}
