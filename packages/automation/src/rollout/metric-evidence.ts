// Guardrail metrics of a rollout: the experiment that analytics is asked for in its name, and what its answer means. A share of
// units (conversion) is judged by the counts themselves, which is exact where events are rare and groups unequal. Pure.
import { overlayBuckets, type Experiment, type Rollout } from '@org/contract/model';
import { alphaPerRule } from './health.ts';
import { rolloutOverlayKey } from './overlay.ts';
import { bucketsOf, plannedStages } from './stages.ts';
import { isExposing } from './transitions.ts';

/** Whether analytics has to be asked at all. */
export const needsMetrics = (rollout: Rollout): boolean => metricRulesOf(rollout).length > 0;

const metricRulesOf = (rollout: Rollout) =>
  (plannedStages(rollout)[rollout.life?.stage ?? 0]?.health ?? []).flatMap((rule) =>
    rule.type === 'metric' ? [rule] : [],
  );

/** The key under which analytics knows the stage's comparison: also the key of the overlay. */
export const comparisonKey = (key: string): string => rolloutOverlayKey(key);

const marginDefault = 0.01;

/**
 * The comparison of the running stage as an experiment: shares are those of the stage, and units count from its start on.
 * Undefined when there is nothing to compare.
 */
export function comparisonOf(rollout: Rollout): Experiment | undefined {
  const { life, control, variant, target, unit } = rollout;
  const rules = metricRulesOf(rollout);
  if (!isExposing(rollout) || life === undefined || control === undefined || rules.length === 0)
    return undefined;
  const buckets = bucketsOf(life.percentage);
  if (buckets === 0 || buckets === overlayBuckets) return undefined;
  const metrics = new Map(rules.map(({ metric, margin = marginDefault }) => [metric, margin]));
  return {
    target,
    variants: [
      { variant: control, weight: overlayBuckets - buckets },
      { variant, weight: buckets },
    ],
    control,
    allocation: overlayBuckets,
    ...(unit === undefined ? {} : { unit }),
    metrics: [...metrics].map(([key, margin]) => ({ key, role: 'guardrail', margin })),
    plan: { method: 'sequential', alpha: Math.max(0.0001, alphaPerRule(rollout)) },
    life: {
      state: 'running',
      ranges: [{ from: 0, to: overlayBuckets }],
      startedAt: life.stageStartedAt,
      startedBy: life.startedBy,
    },
  };
}

/** A group of units, and how many of them had the event. */
export interface UnitCounts {
  readonly units: number;
  readonly events: number;
}

/** Ratios of rates that harm would have, by the direction in which the metric is good. */
const harms = {
  decrease: [1.1, 1.25, 1.5, 2, 3, 6, 15, 50],
  increase: [0.95, 0.9, 0.8, 0.65, 0.5, 0.3, 0.1, 0.01],
} as const;

/**
 * log of the e-value of "no worse than the margin": given how many events there were, they fall into the variant's group by its
 * share of the units. An even mixture over the ratios that harm would have.
 */
export function logHarm(
  variant: UnitCounts,
  control: UnitCounts,
  direction: 'increase' | 'decrease',
  margin: number,
): number {
  if (variant.units <= 0 || control.units <= 0 || variant.events + control.events === 0) return 0;
  const allowed = direction === 'decrease' ? 1 + margin : 1 - margin;
  const own = variant.units * allowed;
  const p0 = own / (own + control.units);
  const logs = harms[direction].map((ratio) => {
    const p = (own * ratio) / (own * ratio + control.units);
    return variant.events * Math.log(p / p0) + control.events * Math.log((1 - p) / (1 - p0));
  });
  const max = Math.max(...logs);
  return max + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - max), 0) / logs.length);
}
