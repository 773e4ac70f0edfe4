// What trials cost: conversions that units with worse candidates did not make, as estimated. Pure.
import type { EvolutionTrial } from '@org/contract/model';
import { effectOf } from './evidence.ts';
import { controlCounts, countsOf, type Look } from './look.ts';

/** Deviation of effects before anything is known: estimates are pulled to nothing by it. */
const priorDeviation = 0.1;

/** Conversions lost in a phase so far. Candidates that are better do not pay for the others. */
export function lostIn({ observations: { objective }, isMoreBetter }: Look, trial: EvolutionTrial): number {
  const control = controlCounts(objective, trial);
  if (control.units === 0) return 0;
  const rate = control.events / control.units;
  let lost = 0;
  for (const { candidate } of trial.arms) {
    const arm = countsOf(objective, trial, candidate);
    const found = effectOf(arm, control, isMoreBetter);
    if (found === undefined) continue;
    const weight = priorDeviation ** 2 / (priorDeviation ** 2 + found.variance);
    lost += Math.max(0, -Math.expm1(weight * found.effect)) * rate * arm.units;
  }
  return lost;
}
