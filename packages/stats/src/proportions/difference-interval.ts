// Confidence intervals of the difference rate(treatment) - rate(control).
import { criticalZ, intervalAround, type Interval } from '../interval.ts';
import { plainZero } from '../numerics/series.ts';
import { relativeEffectByDelta, type RelativeEffect } from '../relative-effect.ts';
import {
  demandArms,
  rateDifference,
  rateOf,
  rateVariance,
  relativeLift,
  type Proportion,
} from './proportion.ts';
import { wilsonReach } from './proportion-interval.ts';

/**
 * Newcombe's hybrid score interval (Newcombe 1998, method 10): good for small counts and never outside [-1, 1].
 * @throws StatsError when an arm or the level is out of its domain.
 */
export function newcombeInterval(control: Proportion, treatment: Proportion, level: number): Interval {
  demandArms(control, treatment);
  const difference = rateDifference(control, treatment);
  const c = wilsonReach(control, level);
  const t = wilsonReach(treatment, level);
  return {
    lower: plainZero(difference - Math.hypot(t.below, c.above)),
    upper: plainZero(difference + Math.hypot(t.above, c.below)),
  };
}

/**
 * Agresti and Caffo's interval (2000): Wald's after adding one success and one failure to each arm. May reach slightly outside
 * [-1, 1].
 * @throws StatsError when an arm or the level is out of its domain.
 */
export function agrestiCaffoInterval(control: Proportion, treatment: Proportion, level: number): Interval {
  demandArms(control, treatment);
  return waldDifferenceInterval(plusFour(control), plusFour(treatment), level);
}

/**
 * Wald's interval, difference ± z se with plug-in rates. Too narrow for small counts and of no width at 0 or 100 %: take
 * Newcombe's to decide by.
 * @throws StatsError when an arm or the level is out of its domain.
 */
export function waldDifferenceInterval(control: Proportion, treatment: Proportion, level: number): Interval {
  demandArms(control, treatment);
  const half = criticalZ(level) * Math.sqrt(rateVariance(control) + rateVariance(treatment));
  return intervalAround(rateDifference(control, treatment), half);
}

function plusFour({ successes, trials }: Proportion): Proportion {
  return { successes: successes + 1, trials: trials + 2 };
}

/**
 * The relative effect rate(treatment) / rate(control) - 1 with Wald variances, by the delta method. Null when control has no
 * success or neither arm varies.
 * @throws StatsError when an arm or the level is out of its domain.
 */
export function relativeRateEffect(
  control: Proportion,
  treatment: Proportion,
  level: number,
): RelativeEffect | null {
  demandArms(control, treatment);
  const effect = relativeEffectByDelta(
    { value: rateOf(control), variance: rateVariance(control) },
    { value: rateOf(treatment), variance: rateVariance(treatment) },
    { level },
  );
  if (effect === null) return null;
  // From whole numbers, so that tiny lifts keep their digits.
  const estimate = plainZero(relativeLift(control, treatment)!);
  return { ...effect, estimate, ...intervalAround(estimate, criticalZ(level) * effect.standardError) };
}
