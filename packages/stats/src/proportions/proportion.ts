// A share: successes out of trials, and the exact arithmetic of two of them. Arm 1 is control, arm 2 treatment everywhere.
import { demandProportion } from '../errors.ts';
import { exactDeterminant } from '../numerics/exact.ts';

/** Successes out of trials (users who converted out of users exposed). */
export interface Proportion {
  readonly successes: number;
  readonly trials: number;
}

/** successes / trials. */
export function rateOf({ successes, trials }: Proportion): number {
  return successes / trials;
}

/** The binomial variance of the rate, p (1 - p) / n, with the plug-in p. */
export function rateVariance({ successes, trials }: Proportion): number {
  return ((successes / trials) * ((trials - successes) / trials)) / trials;
}

/** rate(treatment) - rate(control), from whole numbers, so that differences of one in billions keep their digits. */
export function rateDifference(control: Proportion, treatment: Proportion): number {
  return determinant(control, treatment) / (control.trials * treatment.trials);
}

/** rate(treatment) / rate(control) - 1; null when control has no success. */
export function relativeLift(control: Proportion, treatment: Proportion): number | null {
  if (control.successes === 0) return null;
  return determinant(control, treatment) / control.successes / treatment.trials;
}

/** Refuses arms that are no proportions. */
export function demandArms(control: Proportion, treatment: Proportion): void {
  demandProportion(control.successes, control.trials, 'control');
  demandProportion(treatment.successes, treatment.trials, 'treatment');
}

function determinant(control: Proportion, treatment: Proportion): number {
  return exactDeterminant(treatment.successes, control.trials, control.successes, treatment.trials);
}
