// Guardrails: whether a variant was shown not to be worse than the margin allows, by the plan's own kind of evidence.
import { asymptoticBounds, nonInferiorityTest } from '@org/stats';
import type { AnalysisPlan, Metric } from '@org/contract/model';
import type { Effect } from './effect.ts';

export type GuardrailAnswer = 'holds' | 'violated' | 'unclear';

/** How the guardrail is asked. */
export interface GuardrailInput {
  readonly metric: Metric;
  readonly margin: number;
  readonly plan: AnalysisPlan;
  /** Units of all variants. */
  readonly units: number;
  /** Null where nothing can be tested. */
  readonly effect: Effect | null;
  /** What the plan wants first is there. */
  readonly isEnough: boolean;
}

const tunedForUnitsDefault = 10_000;

/** One-sided at alpha on the relative effect; "violated" when it is shown to be worse than the margin. */
export function guardrailOf({
  metric,
  margin,
  plan,
  units,
  effect,
  isEnough,
}: GuardrailInput): GuardrailAnswer {
  if (!isEnough || effect === null || effect.relative === null || !(effect.relative.standardError > 0))
    return 'unclear';
  const { estimate, standardError } = effect.relative;
  const improvement = metric.direction === 'increase' ? estimate : -estimate;
  const bounds = boundsOf(plan, { units, improvement, standardError, margin });
  if (bounds === null) return 'unclear';
  if (bounds.lower > -margin) return 'holds';
  return bounds.upper < -margin ? 'violated' : 'unclear';
}

interface Asked {
  readonly units: number;
  readonly improvement: number;
  readonly standardError: number;
  readonly margin: number;
}

/** Bounds of the improvement: each holds with probability 1 - alpha, over all looks where the plan allows to look on. */
function boundsOf(
  plan: AnalysisPlan,
  { units, improvement, standardError, margin }: Asked,
): { readonly lower: number; readonly upper: number } | null {
  const alpha = plan.method === 'bayesian' ? 1 - plan.credibility : plan.alpha;
  if (plan.method === 'fixed') {
    // A margin of 0 asks for improvement itself; the test wants one above 0.
    const options = { margin: Math.max(margin, 1e-12), better: 'higher' as const, alpha };
    const lower = nonInferiorityTest(improvement, standardError, options);
    const upper = nonInferiorityTest(-improvement, standardError, options);
    return lower === null || upper === null ? null : { lower: lower.bound, upper: -upper.bound };
  }
  // Looked at on the way, also where boundaries are for goals: a sequence holds at all times.
  const unitsTuned = (plan.method === 'sequential' ? plan.tunedForUnits : undefined) ?? tunedForUnitsDefault;
  const look = { units, estimate: improvement, standardError };
  const bounds = asymptoticBounds(look, { alpha: Math.min(alpha, 0.49), unitsTuned });
  return bounds === null ? null : { lower: bounds.lowerBound, upper: bounds.upperBound };
}
