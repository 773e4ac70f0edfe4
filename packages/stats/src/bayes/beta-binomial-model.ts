// Bayesian answers for conversion rates: each arm's chance has a beta posterior; who is best, and what a wrong choice costs.
import { demand, demandInside, demandPositive, demandProportion } from '../errors.ts';
import type { Interval } from '../interval.ts';
import { log1mExp, logSumExp, plainZero } from '../numerics/series.ts';
import { betaLogitQuantile } from '../numerics/quantile.ts';
import { exactDeterminant } from '../numerics/exact.ts';
import type { Proportion } from '../proportions/proportion.ts';
import { logIntegral, type BetaArm } from './beta-integral.ts';

/** Pseudo-counts believed before the data: 1 and 1 for none. */
export interface BetaPrior {
  readonly alpha: number;
  readonly beta: number;
}

/** One arm's posterior. */
export interface BetaPosterior {
  readonly alpha: number;
  readonly beta: number;
  readonly mean: number;
  /** The central credible interval. */
  readonly interval: Interval;
  /** The chance that this arm is the best. */
  readonly chanceToBeBest: number;
  readonly logChanceToBeBest: number;
  /** E[best rate - this arm's rate]: what choosing this arm costs on average. */
  readonly expectedLoss: number;
  /** Null with one arm only. */
  readonly logExpectedLoss: number | null;
}

/** At most this many arms. */
export const armsMax = 20;

/**
 * Posteriors of all arms. Assumes independent trials of one chance per arm. Chances and losses by quadrature on the logit scale
 * with a relative error below 1e-10, also where they are e^-1000. As all Bayesian answers they keep no error rate while people watch.
 * @throws StatsError when an arm, the prior or the level is out of its domain.
 */
export function betaBinomialPosteriors(
  arms: readonly Proportion[],
  prior: BetaPrior,
  level = 0.95,
): readonly BetaPosterior[] {
  demand(arms.length >= 1 && arms.length <= armsMax, 'arms', `must be 1 to ${armsMax}`);
  demandPositive(prior.alpha, 'prior.alpha');
  demandPositive(prior.beta, 'prior.beta');
  demandInside(level, 'level');
  const posteriors = arms.map(({ successes, trials }, i) => {
    if (trials > 0) demandProportion(successes, trials, `arms[${i}]`);
    else demand(trials === 0 && successes === 0, `arms[${i}].successes`, 'must be 0 without trials');
    return { alpha: prior.alpha + successes, beta: prior.beta + trials - successes };
  });
  const logChances = chancesToBeBest(posteriors);
  const losses = expectedLosses(posteriors);
  return posteriors.map((arm, i) => ({
    ...arm,
    mean: arm.alpha / (arm.alpha + arm.beta),
    interval: credibleInterval(arm, level),
    chanceToBeBest: Math.exp(logChances[i]!),
    logChanceToBeBest: logChances[i]!,
    ...losses[i]!,
  }));
}

/** mean(treatment) - mean(control) of two posteriors, without cancellation. */
export function expectedUplift(control: BetaPrior, treatment: BetaPrior): number {
  const areWhole = [control, treatment].every(
    ({ alpha, beta }) => Number.isSafeInteger(alpha + beta) && Number.isSafeInteger(alpha),
  );
  const determinant = areWhole
    ? exactDeterminant(treatment.alpha, control.beta, control.alpha, treatment.beta)
    : treatment.alpha * control.beta - control.alpha * treatment.beta;
  return plainZero(determinant / (control.alpha + control.beta) / (treatment.alpha + treatment.beta));
}

function credibleInterval({ alpha, beta }: BetaArm, level: number): Interval {
  const tail = (1 - level) / 2;
  return {
    lower: logistic(betaLogitQuantile(tail, alpha, beta)),
    upper: logistic(betaLogitQuantile(tail, alpha, beta, 'upper')),
  };
}

function logistic(u: number): number {
  return u >= 0 ? 1 / (1 + Math.exp(-u)) : Math.exp(u) / (1 + Math.exp(u));
}

/** log P(best) of each arm. That of the arm with the largest mean is what the others leave, if that is much. */
function chancesToBeBest(arms: readonly BetaArm[]): readonly number[] {
  if (arms.length === 1) return [0];
  const logChance = (arm: BetaArm): number => Math.min(0, logIntegral(arm, othersThan(arm, arms), 'best'));
  const first = withLargestMean(arms);
  const logs = arms.map((arm) => (arm === first ? 0 : logChance(arm)));
  const rest = logSumExp(logs.filter((_, i) => arms[i] !== first));
  const logFirst = rest < -Math.LN2 ? log1mExp(rest) : logChance(first);
  return logs.map((log, i) => plainZero(arms[i] === first ? logFirst : log));
}

/** E[best - this]: by quadrature for the arm with the largest mean, where it is small; the others lack the means' difference more. */
function expectedLosses(
  arms: readonly BetaArm[],
): readonly Pick<BetaPosterior, 'expectedLoss' | 'logExpectedLoss'>[] {
  if (arms.length === 1) return [{ expectedLoss: 0, logExpectedLoss: null }];
  const first = withLargestMean(arms);
  const logLeast = logIntegral(first, othersThan(first, arms), 'loss');
  const least = Math.exp(logLeast);
  return arms.map((arm) => {
    if (arm === first) return { expectedLoss: least, logExpectedLoss: logLeast };
    const expectedLoss = least + expectedUplift(arm, first);
    return { expectedLoss, logExpectedLoss: expectedLoss > 0 ? Math.log(expectedLoss) : logLeast };
  });
}

function withLargestMean(arms: readonly BetaArm[]): BetaArm {
  return arms.reduce((best, arm) => (expectedUplift(best, arm) > 0 ? arm : best));
}

function othersThan(arm: BetaArm, arms: readonly BetaArm[]): readonly BetaArm[] {
  return arms.filter((other) => other !== arm);
}
