// Whether an experiment decides itself now. Pure: the recommendation comes from results that stay valid while being looked
// at, and says itself when data faults block it.
import type { Experiment } from '@org/contract/model';
import { parseInstant } from '../instant.ts';

/** What results recommend (flags.v1.Recommendation). */
export interface RecommendedAction {
  readonly action: string;
  readonly variant: string;
  readonly reasons: readonly string[];
}

/** What to decide. */
export interface AutomaticDecision {
  readonly outcome: 'ship' | 'roll_back';
  /** With `ship`. */
  readonly variant: string;
  readonly reasons: readonly string[];
}

const hourMs = 3_600_000;

/** Whether anybody need look: it runs, decides by itself, and its minimum time has passed. */
export function awaitsDecision({ life, decisionRule, minimumHours = 0 }: Experiment, nowMs: number): boolean {
  if (life?.state !== 'running' || decisionRule !== 'automatic') return false;
  const startedMs = parseInstant(life.startedAt);
  return startedMs !== undefined && nowMs >= startedMs + minimumHours * hourMs;
}

/** The decision, or undefined to keep running. Control is never shipped: that is a roll-back. */
export function automaticDecision(
  experiment: Experiment,
  { action, variant, reasons }: RecommendedAction,
  nowMs: number,
): AutomaticDecision | undefined {
  if (!awaitsDecision(experiment, nowMs)) return undefined;
  if (action === 'roll_back') return { outcome: 'roll_back', variant: '', reasons };
  const isTreatment =
    variant !== experiment.control && experiment.variants.some((each) => each.variant === variant);
  return action === 'ship' && isTreatment ? { outcome: 'ship', variant, reasons } : undefined;
}
