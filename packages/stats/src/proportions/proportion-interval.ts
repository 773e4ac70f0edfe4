// Confidence intervals of one share.
import { demandProportion } from '../errors.ts';
import { criticalZ, intervalAround, type Interval } from '../interval.ts';
import { betaQuantile } from '../numerics/quantile.ts';
import { rateOf, rateVariance, type Proportion } from './proportion.ts';

/**
 * Wilson's score interval (Wilson 1927). Assumes independent trials of one chance; good from a handful of trials on, and never
 * outside [0, 1].
 * @throws StatsError when the proportion or the level is out of its domain.
 */
export function wilsonInterval(proportion: Proportion, level: number): Interval {
  const { below, above } = wilsonReach(proportion, level);
  const p = rateOf(proportion);
  const { successes, trials } = proportion;
  const z = criticalZ(level);
  const lower = successes === 0 ? 0 : (p * p) / wilsonNumerator(p, trials, z);
  return { lower: below === 0 ? p : lower, upper: successes === trials ? 1 : p + above };
}

/** How far Wilson's interval reaches below and above the rate, without cancellation. */
export function wilsonReach(
  proportion: Proportion,
  level: number,
): { readonly below: number; readonly above: number } {
  demandProportion(proportion.successes, proportion.trials, 'proportion');
  const { successes, trials } = proportion;
  const z = criticalZ(level);
  const perTrial = (z * z) / trials;
  const spread = z * Math.sqrt(rateVariance(proportion) + (z / trials) * (z / trials) * 0.25);
  const shift = perTrial * (successes / trials - 0.5);
  return {
    below: successes === 0 ? 0 : (spread + shift) / (1 + perTrial),
    above: successes === trials ? 0 : (spread - shift) / (1 + perTrial),
  };
}

function wilsonNumerator(p: number, trials: number, z: number): number {
  const variance = (p * (1 - p)) / trials + (z / trials) * (z / trials) * 0.25;
  return p + (z * z) / (2 * trials) + z * Math.sqrt(variance);
}

/**
 * Clopper and Pearson's exact interval (1934): covers at least the level for every chance and every number of trials, at the
 * price of width. 0 successes give a lower end of 0, all successes an upper end of 1.
 * @throws StatsError when the proportion or the level is out of its domain.
 */
export function clopperPearsonInterval({ successes, trials }: Proportion, level: number): Interval {
  demandProportion(successes, trials, 'proportion');
  criticalZ(level);
  const tail = (1 - level) / 2;
  const failures = trials - successes;
  return {
    lower: successes === 0 ? 0 : betaQuantile(tail, successes, failures + 1),
    upper: failures === 0 ? 1 : betaQuantile(tail, successes + 1, failures, 'upper'),
  };
}

/**
 * Jeffreys' interval: the central credible interval under Beta(1/2, 1/2) (Brown, Cai, DasGupta 2001). 0 successes give a
 * lower end of 0, all successes an upper end of 1.
 * @throws StatsError when the proportion or the level is out of its domain.
 */
export function jeffreysInterval({ successes, trials }: Proportion, level: number): Interval {
  demandProportion(successes, trials, 'proportion');
  criticalZ(level);
  const tail = (1 - level) / 2;
  const failures = trials - successes;
  return {
    lower: successes === 0 ? 0 : betaQuantile(tail, successes + 0.5, failures + 0.5),
    upper: failures === 0 ? 1 : betaQuantile(tail, successes + 0.5, failures + 0.5, 'upper'),
  };
}

/**
 * Agresti and Coull's interval (1998): Wald's around Wilson's centre. May reach outside [0, 1]; shown for comparison only.
 * @throws StatsError when the proportion or the level is out of its domain.
 */
export function agrestiCoullInterval({ successes, trials }: Proportion, level: number): Interval {
  demandProportion(successes, trials, 'proportion');
  const z = criticalZ(level);
  const total = trials + z * z;
  const centre = (successes + (z * z) / 2) / total;
  const rest = (trials - successes + (z * z) / 2) / total;
  const half = z * Math.sqrt((centre * rest) / total);
  // (centre - half)(centre + half) = centre (centre - z^2 rest / total), which keeps the smaller factor's digits.
  const product = (successes - (z * z) / 2 + (z * z * (successes + (z * z) / 2)) / total) / total;
  return { lower: (centre * product) / (centre + half), upper: centre + half };
}

/**
 * Wald's interval p ± z se. Too narrow for small counts and of no width at 0 successes; shown for comparison only.
 * @throws StatsError when the proportion or the level is out of its domain.
 */
export function waldInterval(proportion: Proportion, level: number): Interval {
  demandProportion(proportion.successes, proportion.trials, 'proportion');
  return intervalAround(rateOf(proportion), criticalZ(level) * Math.sqrt(rateVariance(proportion)));
}
