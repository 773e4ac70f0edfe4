// A rollout as RolloutService tells it: its document, and what the runner knew when it looked last.
import {
  evaluatedKey,
  plannedStages,
  type RolloutStatus as Watched,
  type RuleHealth,
  type StandingRollout,
} from '@org/automation';
import type { RolloutStatus } from '@org/contract/gen/flags/v1/rollout_service';
import { timestampOf } from '../environment/encoded.ts';

/** What the runner keeps of a rollout. */
export interface KnownStatus {
  readonly status: Watched;
  readonly health: readonly RuleHealth[];
  readonly waiting: readonly string[];
}

const instantOf = (text: string | undefined) =>
  text === undefined ? undefined : timestampOf(Date.parse(text));

/** `known` may be of an earlier start or stage: then nothing of this one is known yet. */
export function statusMessage(
  { key, revision, rollout }: StandingRollout,
  known: KnownStatus | undefined,
): RolloutStatus {
  const { life, target, variant } = rollout;
  const isCurrent = known?.status.attempt === life?.attempt && known?.status.stage === life?.stage;
  const current = isCurrent ? known : undefined;
  const isWatched = life?.state === 'running' || life?.state === 'paused';
  return {
    key,
    flagKey: evaluatedKey(target),
    variant,
    state: life?.state ?? 'draft',
    stage: life === undefined ? 0 : life.stage + 1,
    stages: plannedStages(rollout).length,
    percentage: life?.percentage ?? 0,
    startedAt: instantOf(life?.startedAt),
    stageStartedAt: instantOf(life?.stageStartedAt),
    endedAt: instantOf(life?.endedAt),
    watchedMinutes: (current?.status.watchedMs ?? 0) / 60_000,
    calls: current?.status.sample ?? 0,
    rules: (current?.health ?? []).map(({ numbers, ...rule }) => ({ ...rule, numbers })),
    waiting: isWatched ? [...(current?.waiting ?? ['Nobody has looked yet.'])] : [],
    last: life && {
      at: instantOf(life.last.at),
      by: life.last.by,
      action: life.last.action,
      reasons: [...life.last.reasons],
      evidence: life.last.evidence,
    },
    revision,
  };
}
