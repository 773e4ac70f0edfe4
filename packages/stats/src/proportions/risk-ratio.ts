// The ratio rate(treatment) / rate(control) on the logarithmic scale.
import { criticalZ, type Interval } from '../interval.ts';
import { demandArms, type Proportion } from './proportion.ts';

/** A ratio with its interval. */
export interface RatioEstimate extends Interval {
  readonly ratio: number;
  readonly standardErrorOfLog: number;
}

/**
 * Katz's interval of the risk ratio (Katz et al. 1978): normal on the log scale. Null when an arm has no success.
 * @throws StatsError when an arm or the level is out of its domain.
 */
export function katzRiskRatio(
  control: Proportion,
  treatment: Proportion,
  level: number,
): RatioEstimate | null {
  demandArms(control, treatment);
  const z = criticalZ(level);
  if (control.successes === 0 || treatment.successes === 0) return null;
  const ratio = (treatment.successes / treatment.trials) * (control.trials / control.successes);
  const standardErrorOfLog = Math.sqrt(logVariance(control) + logVariance(treatment));
  return {
    ratio,
    standardErrorOfLog,
    lower: ratio * Math.exp(-z * standardErrorOfLog),
    upper: ratio * Math.exp(z * standardErrorOfLog),
  };
}

/** 1/x - 1/n. */
function logVariance({ successes, trials }: Proportion): number {
  return (trials - successes) / trials / successes;
}
