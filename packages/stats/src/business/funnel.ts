// Funnels: how many units reach each step, where they are lost, and which step an experiment changed.
import { demand, demandCount } from '../errors.ts';
import type { Interval } from '../interval.ts';
import { adjustPValues } from '../multiplicity/adjusted-p-values.ts';
import { newcombeInterval } from '../proportions/difference-interval.ts';
import { wilsonInterval } from '../proportions/proportion-interval.ts';
import { pooledZTest } from '../proportions/two-proportion-test.ts';

/** One step of one funnel. */
export interface FunnelStep {
  readonly reached: number;
  /** Share of the units of the step before; null for the first step, and after a step nobody reached. */
  readonly fromPrevious: number | null;
  readonly fromPreviousInterval: Interval | null;
  /** Share of the units of the first step; null when nobody entered. */
  readonly fromFirst: number | null;
  readonly fromFirstInterval: Interval | null;
}

/** At most this many steps. */
export const funnelStepsMax = 50;

/**
 * Shares of a funnel with Wilson's intervals. `reached` holds the units that did each step after all steps before it.
 * @throws StatsError when a count is no count or above the one before.
 */
export function funnelSteps(reached: readonly number[], level = 0.95): readonly FunnelStep[] {
  demandFunnel(reached, 'reached');
  return reached.map((count, i) => {
    const previous = i === 0 ? 0 : reached[i - 1]!;
    const first = reached[0]!;
    return {
      reached: count,
      fromPrevious: previous === 0 ? null : count / previous,
      fromPreviousInterval:
        previous === 0 ? null : wilsonInterval({ successes: count, trials: previous }, level),
      fromFirst: first === 0 ? null : count / first,
      fromFirstInterval: first === 0 ? null : wilsonInterval({ successes: count, trials: first }, level),
    };
  });
}

/** How one step's share of the step before differs between the arms. */
export interface FunnelStepDifference {
  /** Index of the step, from 1. */
  readonly step: number;
  readonly difference: number;
  readonly interval: Interval;
  readonly p: number;
  readonly adjustedP: number;
}

/**
 * Compares two funnels step by step: pooled z-tests with Holm's correction, Newcombe's intervals. Steps that nobody of an arm could do
 * are left out. Assumes assignment before the first step; later steps compare those who got there, who may differ by the treatment
 * itself: decide by the last step's share of the first.
 * @throws StatsError when the funnels differ in length or one is out of its domain.
 */
export function compareFunnels(
  control: readonly number[],
  treatment: readonly number[],
  level = 0.95,
): readonly FunnelStepDifference[] {
  demandFunnel(control, 'control');
  demandFunnel(treatment, 'treatment');
  demand(control.length === treatment.length, 'treatment', 'must have as many steps as control');
  const found = control.flatMap((count, step) => {
    if (step === 0 || control[step - 1] === 0 || treatment[step - 1] === 0) return [];
    const c = { successes: count, trials: control[step - 1]! };
    const t = { successes: treatment[step]!, trials: treatment[step - 1]! };
    const { difference, significance } = pooledZTest(c, t);
    return [{ step, difference, interval: newcombeInterval(c, t, level), p: significance?.pTwoSided ?? 1 }];
  });
  const adjusted = adjustPValues(
    found.map(({ p }) => p),
    'holm',
  );
  return found.map((one, i) => ({ ...one, adjustedP: adjusted[i]! }));
}

function demandFunnel(reached: readonly number[], path: string): void {
  demand(
    reached.length >= 1 && reached.length <= funnelStepsMax,
    path,
    `must have 1 to ${funnelStepsMax} steps`,
  );
  reached.forEach((count, i) => {
    demandCount(count, `${path}[${i}]`);
    demand(i === 0 || count <= reached[i - 1]!, `${path}[${i}]`, 'must not exceed the step before');
  });
}
