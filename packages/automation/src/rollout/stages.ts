// The stages of a rollout: those of its strategy, or its own, with everything filled in. Pure.
import { overlayBuckets, type HealthRule, type Rollout, type RolloutStrategy } from '@org/contract/model';

/** A stage with nothing left out. */
export interface PlannedStage {
  readonly percentage: number;
  /** The same in buckets of the overlay. */
  readonly buckets: number;
  readonly minimumMs: number;
  readonly minimumSample: number;
  readonly needsApproval: boolean;
  readonly health: readonly HealthRule[];
}

const percentages: Readonly<Record<Exclude<RolloutStrategy, 'custom'>, readonly number[]>> = {
  linear: [10, 25, 50, 75, 100],
  exponential: [1, 2, 4, 8, 16, 32, 64, 100],
  canary: [1, 100],
  blue_green: [100],
};
const minimumMinutesDefault = 60;
const minuteMs = 60_000;

/** Percentages in order. */
export const percentagesOf = ({ strategy, stages = [] }: Pick<Rollout, 'strategy' | 'stages'>) =>
  strategy === 'custom' ? stages.map(({ percentage }) => percentage) : percentages[strategy];

/** All stages; documents without any (of strategy "custom") have none. */
export function plannedStages(rollout: Rollout): readonly PlannedStage[] {
  const { strategy, stages = [], minimumMinutes, minimumSample = 0, approvalFrom, health = [] } = rollout;
  return percentagesOf(rollout).map((percentage, index) => {
    const own = strategy === 'custom' ? stages[index] : undefined;
    const minutes = own?.minimumMinutes ?? minimumMinutes ?? minimumMinutesDefault;
    return {
      percentage,
      buckets: bucketsOf(percentage),
      minimumMs: minutes * minuteMs,
      minimumSample: own?.minimumSample ?? minimumSample,
      needsApproval: own?.approval === true || percentage >= (approvalFrom ?? Infinity),
      health: [...health, ...(own?.health ?? [])],
    };
  });
}

/** Buckets of a percentage; the schema allows no finer ones than a bucket. */
export const bucketsOf = (percentage: number): number => Math.round((percentage * overlayBuckets) / 100);

/** The rules of all stages, each once. */
export const rulesOf = (rollout: Rollout): readonly HealthRule[] => [
  ...(rollout.health ?? []),
  ...(rollout.strategy === 'custom' ? (rollout.stages ?? []).flatMap(({ health = [] }) => health) : []),
];
