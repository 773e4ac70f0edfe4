// One answer from many strata (countries, days, platforms) without Simpson's paradox.
import { demandInside } from '../errors.ts';
import { criticalZ, type Interval } from '../interval.ts';
import { chiSquareStatistic, type ChiSquareStatistic } from './chi-square-test.ts';
import { demandArms, type Proportion } from './proportion.ts';

/** Control and treatment within one stratum. */
export interface Stratum {
  readonly control: Proportion;
  readonly treatment: Proportion;
}

/** The test and the common odds ratio, treatment against control. */
export interface StratifiedTest extends ChiSquareStatistic {
  readonly oddsRatio: number | null;
  readonly interval: Interval | null;
}

/**
 * The Cochran-Mantel-Haenszel test without continuity correction (Mantel, Haenszel 1959), with the common odds ratio and its
 * interval by Robins, Breslow, Greenland (1986). Assumes one odds ratio in all strata. Null when no stratum can tell the arms
 * apart (all or none converted everywhere); the odds ratio is null when it would be 0/0 or infinite.
 * @throws StatsError when an arm or the level is out of its domain.
 */
export function cochranMantelHaenszel(strata: readonly Stratum[], level = 0.95): StratifiedTest | null {
  demandInside(level, 'level');
  const sums = { excess: 0, variance: 0, r: 0, s: 0, pr: 0, psqr: 0, qs: 0 };
  for (const { control, treatment } of strata) {
    demandArms(control, treatment);
    const total = control.trials + treatment.trials;
    const successes = control.successes + treatment.successes;
    const share = treatment.trials / total;
    sums.excess += treatment.successes - share * successes;
    sums.variance +=
      total < 2 ? 0 : ((share * control.trials) / total) * successes * ((total - successes) / (total - 1));
    const a = treatment.successes;
    const b = treatment.trials - a;
    const c = control.successes;
    const d = control.trials - c;
    const r = (a / total) * d;
    const s = (b / total) * c;
    const p = (a + d) / total;
    const q = (b + c) / total;
    sums.r += r;
    sums.s += s;
    sums.pr += p * r;
    sums.psqr += p * s + q * r;
    sums.qs += q * s;
  }
  if (!(sums.variance > 0)) return null;
  return { ...chiSquareStatistic((sums.excess * sums.excess) / sums.variance, 1), ...oddsRatio(sums, level) };
}

function oddsRatio(
  { r, s, pr, psqr, qs }: { r: number; s: number; pr: number; psqr: number; qs: number },
  level: number,
): Pick<StratifiedTest, 'oddsRatio' | 'interval'> {
  if (!(s > 0)) return { oddsRatio: null, interval: null };
  const ratio = r / s;
  if (ratio === 0) return { oddsRatio: 0, interval: null };
  const spread = criticalZ(level) * Math.sqrt(pr / (2 * r * r) + psqr / (2 * r * s) + qs / (2 * s * s));
  return {
    oddsRatio: ratio,
    interval: { lower: ratio * Math.exp(-spread), upper: ratio * Math.exp(spread) },
  };
}
