// Rollouts: a flag's variant, or a patch of a config, given to more and more units and watched while it is. Holds no logic.
import type { ConfigPatch } from './configs.ts';
import type { BucketRange, OverlayTarget, Recurrence } from './documents.ts';
import type { Expression } from './expression.ts';
import type { JsonObject } from './json.ts';

/**
 * - `linear`: 10, 25, 50, 75, 100 %.
 * - `exponential`: 1, 2, 4, 8, 16, 32, 64, 100 %.
 * - `canary`: 1 %, then 100 %.
 * - `blue_green`: 100 % at once.
 * - `custom`: the stages that the document names.
 */
export type RolloutStrategy = 'linear' | 'exponential' | 'canary' | 'blue_green' | 'custom';

export interface RolloutStage {
  /** Share of the eligible units, in percent; steps of 0.001. Each stage has more than the one before. */
  readonly percentage: number;
  /** Left out: those of the rollout. */
  readonly minimumMinutes?: number;
  readonly minimumSample?: number;
  /** True: the stage waits for an approval before it begins. */
  readonly approval?: boolean;
  /** Rules that count in this stage only, beside those of the rollout. */
  readonly health?: readonly HealthRule[];
}

/** A time that comes again and again, and how long it lasts. */
export interface TimeWindow extends Recurrence {
  readonly durationMinutes: number;
}

/** What a rule does when it is broken. */
export type HealthAction = 'roll_back' | 'hold';

interface AnyHealthRule {
  /** Unique in the rollout; evidence names it. */
  readonly id: string;
  /** Left out: `roll_back`. */
  readonly action?: HealthAction;
}

/** Errors of guarded calls (`client.guard`) with the variant against those of everybody else: an e-process of counts. */
export interface GuardedErrorsRule extends AnyHealthRule {
  readonly type: 'guarded_errors';
  /** Relative; 0.1 accepts a tenth more errors than the others have. Left out: 0. */
  readonly margin?: number;
  /** Where there are no others (100 %): the error rate that is still accepted. Left out: such stages are not judged. */
  readonly rateMax?: number;
}

/** Guarded calls slower than a bound, compared as errors are. */
export interface GuardedLatencyRule extends AnyHealthRule {
  readonly type: 'guarded_latency';
  /** A call that takes longer is slow. */
  readonly slowerThanMs: number;
  readonly margin?: number;
  readonly rateMax?: number;
}

/** A metric of the environment as a guardrail, by always-valid inference. Needs `control` and the analytics process. */
export interface MetricRule extends AnyHealthRule {
  readonly type: 'metric';
  readonly metric: string;
  /** How much worse (relative) is still accepted. Left out: 0.01. */
  readonly margin?: number;
}

/** How a number is compared with its bound: the rule is broken when the comparison does not hold. */
export type HealthComparison = '<' | '<=' | '>' | '>=';

/** An instant query of a Prometheus server; its first value. */
export interface PrometheusRule extends AnyHealthRule {
  readonly type: 'prometheus';
  /** Address of the server: the part before /api/v1/query. */
  readonly url: string;
  readonly query: string;
  readonly comparison: HealthComparison;
  readonly value: number;
  /** Broken after so many readings in a row; 3 when left out. */
  readonly failures?: number;
}

/** A GET that must answer with a status below 400. */
export interface HttpRule extends AnyHealthRule {
  readonly type: 'http';
  readonly url: string;
  readonly failures?: number;
}

/** A number that UpdateMetrics tells. */
export interface CustomRule extends AnyHealthRule {
  readonly type: 'custom';
  readonly metric: string;
  readonly comparison: HealthComparison;
  readonly value: number;
  readonly failures?: number;
  /** An older number holds the rollout; 10 when left out. */
  readonly staleAfterMinutes?: number;
}

export type HealthRule =
  GuardedErrorsRule | GuardedLatencyRule | MetricRule | PrometheusRule | HttpRule | CustomRule;

/** Gives a variant of a flag, or a patch of a config, to more and more units. While it runs it is applied by the overlay `rollout:<key>`. */
export interface Rollout {
  readonly target: OverlayTarget;
  /** What is rolled out: a variant of the flag, or a name for the patch of the config. */
  readonly variant: string;
  /** Configs only. */
  readonly patch?: ConfigPatch;
  /**
   * A variant for the units that are not in yet, so that the two groups differ by chance alone and can be compared by
   * metrics; of a config any name, for the config as it is. Left out: the rules of the flag or config go on for them.
   */
  readonly control?: string;
  readonly strategy: RolloutStrategy;
  /** `custom` only. */
  readonly stages?: readonly RolloutStage[];
  /** Only contexts that fulfil it take part. */
  readonly eligibility?: Expression;
  /** The context kind whose key is the unit, `user` when left out. */
  readonly unit?: string;
  /** Time that a stage is watched at least; 60 when left out. Time without a runner does not count. */
  readonly minimumMinutes?: number;
  /** Guarded calls with the variant that each stage waits for. */
  readonly minimumSample?: number;
  /** Stages with at least this percentage wait for an approval. */
  readonly approvalFrom?: number;
  /** Stages begin only inside one of these. Left out: at any time. */
  readonly progressWindows?: readonly TimeWindow[];
  /** No stage begins inside one of these. Roll-backs always may. */
  readonly maintenanceWindows?: readonly TimeWindow[];
  readonly health?: readonly HealthRule[];
  /** Probability that a rollout without any harm is rolled back by `guarded_…` and `metric` rules; 0.05 when left out. */
  readonly alpha?: number;
  /**
   * After the last stage. `ship`: the flag's default becomes the variant, or the patch part of the config, and the overlay
   * goes. `keep`: the overlay stays.
   * Left out: `keep` with an eligibility, else `ship`.
   */
  readonly completion?: 'ship' | 'keep';
  readonly description?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
  /** Written by the server only. */
  readonly life?: RolloutLife;
}

export type RolloutState = 'draft' | 'running' | 'paused' | 'completed' | 'rolled_back' | 'aborted';

/** How far a rollout has come. Written by the server only; left out: a draft. */
export interface RolloutLife {
  readonly state: RolloutState;
  /** Which start this is, from 1. */
  readonly attempt: number;
  /** Index of the stage that runs or ran last. */
  readonly stage: number;
  readonly percentage: number;
  readonly ranges: readonly BucketRange[];
  readonly startedAt: string;
  readonly startedBy: string;
  readonly stageStartedAt: string;
  /** Stages (by index) that may begin, and who said so. */
  readonly approvals?: readonly { readonly stage: number; readonly by: string; readonly at: string }[];
  readonly endedAt?: string;
  /** The step that led here. */
  readonly last: RolloutEntry;
}

/** One step of a rollout, with what it rests on. */
export interface RolloutEntry {
  readonly at: string;
  readonly by: string;
  readonly action: RolloutAction;
  readonly reasons: readonly string[];
  /** The observations as they were. */
  readonly evidence?: JsonObject;
}

export type RolloutAction =
  'start' | 'progress' | 'complete' | 'pause' | 'resume' | 'roll_back' | 'abort' | 'approve';

/**
 * When a flag's variant is taken away from everybody because calls with it fail, and how it comes back. Keyed as its flag.
 * While it is open it is applied by the overlay `breaker:<key>`. Variants of rollouts and experiments need none: those are
 * rolled back and stopped.
 */
export interface Breaker {
  readonly target: { readonly kind: 'flag'; readonly key: string };
  /** Served instead of a variant that is open. */
  readonly fallback: string;
  /** SDK instances that must have tripped on the same variant within a minute; 2 when left out. */
  readonly instances?: number;
  /** Or so many units with errors in the calls of those that have tripped; 20 when left out. */
  readonly units?: number;
  /** How long everybody stays away before probing begins; 60 when left out. */
  readonly openSeconds?: number;
  /** Share of the units that probe, in percent; 1 when left out. */
  readonly probePercentage?: number;
  /** Probing calls that close it when no larger share than `errorRateMax` fails; 50 when left out. */
  readonly probeCalls?: number;
  /** 0.1 when left out. */
  readonly errorRateMax?: number;
  readonly description?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
  /** Written by the server only. */
  readonly life?: BreakerLife;
}

export type BreakerState = 'closed' | 'open' | 'half_open';

/** Written by the server only; left out: closed. */
export interface BreakerLife {
  readonly state: BreakerState;
  /** The variant that failed. */
  readonly variant: string;
  readonly since: string;
  /** How often it opened again after a probe; the time it stays open doubles with each, up to an hour. */
  readonly failures: number;
  readonly reasons: readonly string[];
  readonly evidence?: JsonObject;
}
