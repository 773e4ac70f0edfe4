// One rollout: the steps of its life, how it stands, and what would become of it.
import type { Calls } from './calls.ts';
import { isMissingDocument, missing, stateError } from './document-errors.ts';
import type { ChangeOptions } from './environment-client.ts';
import type { CommitResult } from './model.ts';
import { count, list, messageOf, optional, text, textList, type Message } from './read-messages.ts';
import type { CallOptions } from './transport.ts';

export type RolloutState = 'draft' | 'running' | 'paused' | 'completed' | 'rolled_back' | 'aborted';

/** What one rule says. */
export interface RolloutRule {
  readonly id: string;
  readonly type: string;
  readonly action: string;
  readonly verdict: 'kept' | 'broken' | 'unknown';
  /** In words, with numbers. */
  readonly text: string;
}

/** Where a rollout stands. */
export interface RolloutStatus {
  readonly key: string;
  readonly flagKey: string;
  readonly variant: string;
  readonly state: RolloutState;
  /** From 1; 0: none yet. */
  readonly stage: number;
  readonly stages: number;
  readonly percentage: number;
  readonly startedAt: string;
  readonly stageStartedAt: string;
  readonly endedAt: string;
  readonly watchedMinutes: number;
  /** Guarded calls with the variant in this stage. */
  readonly calls: number;
  readonly rules: readonly RolloutRule[];
  /** Why the next stage does not begin. */
  readonly waiting: readonly string[];
  readonly last:
    | {
        readonly at: string;
        readonly by: string;
        readonly action: string;
        readonly reasons: readonly string[];
      }
    | undefined;
  readonly revision: number;
}

/** Traffic of a simulation. */
export interface RolloutScenario {
  /** Guarded calls of all units. */
  readonly callsPerMinute: number;
  /** Share of the calls that fail without the variant, and how many times as many with it. */
  readonly errorRate?: number;
  readonly errorRatio?: number;
  readonly slowRate?: number;
  readonly slowRatio?: number;
  /** The stage (from 1) from which on the variant does harm. */
  readonly harmFromStage?: number;
  readonly minutesMax?: number;
}

/** What became of the histories. */
export interface RolloutSimulation {
  readonly histories: number;
  readonly completed: number;
  readonly rolledBack: number;
  readonly unfinished: number;
  readonly medianMinutesToRollback: number | undefined;
  readonly medianMinutesToCompletion: number | undefined;
  readonly callsExposed: number;
  readonly errorsExposed: number;
  readonly rollbacksByStage: readonly number[];
}

/** One rollout. Every step rejects with NotFoundError where there is none, and with WrongStateError when it is not its time. */
export interface RolloutClient {
  readonly key: string;
  /** Begins with the first stage: a draft, or one that was rolled back. */
  start(options?: ChangeOptions): Promise<CommitResult>;
  /** Stays at its stage; goes on being watched. */
  pause(options?: ChangeOptions): Promise<CommitResult>;
  resume(options?: ChangeOptions): Promise<CommitResult>;
  /** To the next stage now, or to the end after the last one. */
  next(options?: ChangeOptions): Promise<CommitResult>;
  /** Takes the variant away from everybody it was given to. */
  rollBack(options?: ChangeOptions): Promise<CommitResult>;
  /** The same, for good. */
  abort(options?: ChangeOptions): Promise<CommitResult>;
  /** Lets a stage begin that waits for it; the next one when left out. Stages count from 1. */
  approve(options?: ChangeOptions & { readonly stage?: number }): Promise<CommitResult>;
  /** Tells numbers that rules of type "custom" judge; answers with those that no rule knows. */
  updateMetrics(metrics: Readonly<Record<string, number>>, options?: CallOptions): Promise<readonly string[]>;
  status(options?: CallOptions): Promise<RolloutStatus>;
  /** What would become of it on this traffic. Changes nothing. */
  simulate(
    scenario: RolloutScenario,
    options?: CallOptions & { readonly histories?: number; readonly seed?: number },
  ): Promise<RolloutSimulation>;
}

type SendChange = (method: string, request: object, options: ChangeOptions) => Promise<CommitResult>;

export function createRolloutClient({ ask }: Calls, change: SendChange, key: string): RolloutClient {
  const named = (error: unknown): never => {
    throw isMissingDocument(error) ? missing('rollout', key, error) : stateError(error);
  };
  const step = (method: string, options: ChangeOptions = {}, request: object = {}): Promise<CommitResult> =>
    change(`RolloutService/${method}`, { key, ...request }, options).catch(named);
  return {
    key,
    start: (options) => step('StartRollout', options),
    pause: (options) => step('PauseRollout', options),
    resume: (options) => step('ResumeRollout', options),
    next: (options) => step('NextStage', options),
    rollBack: (options) => step('RollBackRollout', options),
    abort: (options) => step('AbortRollout', options),
    approve: ({ stage = 0, ...options } = {}) => step('ApproveStage', options, { stage }),
    async updateMetrics(metrics, options) {
      const { unknown } = await ask('RolloutService/UpdateMetrics', { key, metrics }, options).catch(named);
      return textList(unknown);
    },
    status: async (options) =>
      readRolloutStatus(await ask('RolloutService/GetRolloutStatus', { key }, options).catch(named)),
    simulate: async (scenario, { histories = 0, seed = 0, ...options } = {}) => {
      const planted = { errorRatio: 1, slowRatio: 1, ...scenario };
      const request = { key, scenario: planted, histories, seed };
      return readSimulation(await ask('RolloutService/SimulateRollout', request, options).catch(named));
    },
  };
}

const readRule = (from: Message): RolloutRule => ({
  id: text(from['id']),
  type: text(from['type']),
  action: text(from['action']),
  verdict: text(from['verdict']) as RolloutRule['verdict'],
  text: text(from['text']),
});

export const readRolloutStatus = (from: Message): RolloutStatus => ({
  key: text(from['key']),
  flagKey: text(from['flagKey']),
  variant: text(from['variant']),
  state: text(from['state']) as RolloutState,
  stage: count(from['stage']),
  stages: count(from['stages']),
  percentage: count(from['percentage']),
  startedAt: text(from['startedAt']),
  stageStartedAt: text(from['stageStartedAt']),
  endedAt: text(from['endedAt']),
  watchedMinutes: count(from['watchedMinutes']),
  calls: count(from['calls']),
  rules: list(from['rules'], readRule),
  waiting: textList(from['waiting']),
  last: optional(from['last'], (last) => ({
    at: text(last['at']),
    by: text(last['by']),
    action: text(last['action']),
    reasons: textList(last['reasons']),
  })),
  revision: count(from['revision']),
});

function readSimulation(answer: unknown): RolloutSimulation {
  const from = messageOf(answer);
  const minutes = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
  const stages = Array.isArray(from['rollbacksByStage']) ? (from['rollbacksByStage'] as unknown[]) : [];
  return {
    histories: count(from['histories']),
    completed: count(from['completed']),
    rolledBack: count(from['rolledBack']),
    unfinished: count(from['unfinished']),
    medianMinutesToRollback: minutes(from['medianMinutesToRollback']),
    medianMinutesToCompletion: minutes(from['medianMinutesToCompletion']),
    callsExposed: count(from['callsExposed']),
    errorsExposed: count(from['errorsExposed']),
    rollbacksByStage: stages.map(count),
  };
}
