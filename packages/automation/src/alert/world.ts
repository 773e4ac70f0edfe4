// What alerts are judged on: counts by minute, and how experiments, rollouts, breakers and the installation stand. Types only.
import type { RolloutStateRule } from '@org/contract/model';

/** Counts of one subject by label, for whole minutes, oldest first; all series are of the same length. */
export interface MinuteCounts {
  readonly series: { readonly [label: string]: readonly number[] };
  /** How many of the latest minutes come after the last change of what is counted. */
  readonly minutesSinceChange: number;
}

/** What analytics says of an experiment that runs. */
export interface ExperimentHealth {
  readonly key: string;
  readonly sampleRatioMismatch: boolean;
  readonly pValue?: number;
  readonly violatedGuardrails: readonly string[];
  /** Every guardrail that it has. */
  readonly guardrails: readonly string[];
}

export interface RolloutStanding {
  readonly key: string;
  readonly state: NonNullable<RolloutStateRule['states']>[number] | 'draft' | 'completed';
  /** Of the state; of the stage while it runs. */
  readonly sinceMs: number;
  readonly reasons: readonly string[];
}

export interface BreakerStanding {
  readonly key: string;
  readonly state: 'closed' | 'open' | 'half_open';
  readonly variant: string;
}

/** Undefined: not known now. */
export interface SystemHealth {
  readonly outboxBacklog?: number | undefined;
  /** Undefined where there is no push channel. */
  readonly pushConnected?: boolean | undefined;
  readonly analyticsAnswers?: boolean | undefined;
  readonly batchesBehind?: number | undefined;
  readonly fleet?: { readonly members: number; readonly refused: number; readonly behind: number };
}

/** Where a judgement looks things up. */
export interface AlertWorld {
  readonly nowMs: number;
  /** Undefined: nothing was counted yet. */
  counts(subject: string): MinuteCounts | undefined;
  /** The event that a metric counts; undefined when there is no such metric. */
  eventOf(metric: string): string | undefined;
  /** Undefined: analytics has not said. */
  readonly experiments: readonly ExperimentHealth[] | undefined;
  readonly rollouts: readonly RolloutStanding[];
  readonly breakers: readonly BreakerStanding[];
  readonly system: SystemHealth;
}

/** Names of what is counted. */
export const countedAs = {
  /** By variant. */
  evaluations: (flag: string): string => `evaluations:${flag}`,
  /** By reason. */
  reasons: (flag: string): string => `reasons:${flag}`,
  /** Label "count". */
  exposures: (flag: string): string => `exposures:${flag}`,
  /** Labels "count" (events), "valued" (events with a value) and "sum" (of their values). */
  events: (name: string): string => `events:${name}`,
} as const;
