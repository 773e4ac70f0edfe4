// One experiment: the steps of its life, and what its events say.
import type { Calls } from './calls.ts';
import type { ExperimentResults, FunnelVariant, Segments, TimeSeries } from './analytics-model.ts';
import { funnelRequest, type FunnelQuestion } from './analytics-calls.ts';
import { bucketsOf } from './builders/experiment-builder.ts';
import { isMissingDocument, missing, stateError } from './document-errors.ts';
import type { ChangeOptions } from './environment-client.ts';
import type { CommitResult } from './model.ts';
import { readFunnel, readResults, readSegments, readTimeSeries } from './read-analytics.ts';
import { text, type Message } from './read-messages.ts';
import type { CallOptions } from './transport.ts';

/** What a decision says. */
export type Decision =
  | { readonly outcome: 'ship'; readonly variant: string }
  | { readonly outcome: 'roll_back' | 'inconclusive'; readonly variant?: undefined };

/** One experiment. Every step rejects with NotFoundError where there is none, and with WrongStateError when another comes first. */
export interface ExperimentClient {
  readonly key: string;
  /** Starts a draft. */
  start(options?: ChangeOptions): Promise<CommitResult>;
  /** Lets a percentage of the eligible units take part, in steps of 0.001; never fewer than now. */
  ramp(percent: number, options?: ChangeOptions): Promise<CommitResult>;
  /** Ends the exposure: the flag's own rules decide again. */
  stop(options?: ChangeOptions): Promise<CommitResult>;
  /** Takes the decision and freezes the results with it. With `ship` the flag's default becomes the variant. */
  decide(decision: Decision, options?: ChangeOptions): Promise<CommitResult>;
  /** Units, every metric and variant, what the plan says, and why. `level` of the intervals: by the plan when left out. */
  results(options?: CallOptions & { readonly level?: 0.9 | 0.95 | 0.99 }): Promise<ExperimentResults>;
  /** A metric by the values of an attribute that the experiment names in its `segments`. */
  segments(metric: string, attribute: string, options?: CallOptions): Promise<Segments>;
  /** A metric by day or hour. */
  timeSeries(
    metric: string,
    options?: CallOptions & { readonly interval?: 'hour' | 'day' },
  ): Promise<TimeSeries>;
  /** How far the units of each variant come, from their first exposure on. */
  funnel(question: FunnelQuestion, options?: CallOptions): Promise<readonly FunnelVariant[]>;
  /** The results as CSV (a line for each metric and variant) or JSON text. */
  export(format: 'csv' | 'json', options?: CallOptions): Promise<string>;
}

type SendChange = (method: string, request: object, options: ChangeOptions) => Promise<CommitResult>;

export function createExperimentClient({ ask }: Calls, change: SendChange, key: string): ExperimentClient {
  const named = (error: unknown): never => {
    throw isMissingDocument(error) ? missing('experiment', key, error) : stateError(error);
  };
  const step = (method: string, request: object, options: ChangeOptions): Promise<CommitResult> =>
    change(`ExperimentService/${method}Experiment`, { key, ...request }, options).catch(named);
  const read = async <T>(
    method: string,
    request: object,
    of: (message: Message) => T,
    options?: CallOptions,
  ): Promise<T> =>
    of(await ask(`AnalyticsService/${method}`, { experiment: key, ...request }, options).catch(named));
  return {
    key,
    start: (options = {}) => step('Start', {}, options),
    // A rejection and not a throw, as of every call.
    ramp: async (percent, options = {}) => step('Ramp', { allocation: bucketsOf(percent) }, options),
    stop: (options = {}) => step('Stop', {}, options),
    decide: (decision, options = {}) => step('Decide', decision, options),
    results: ({ level = 0, ...options } = {}) => read('Results', { level }, readResults, options),
    segments: (metric, attribute, options) => read('Segments', { metric, attribute }, readSegments, options),
    timeSeries: (metric, { interval = 'day', ...options } = {}) =>
      read('TimeSeries', { metric, interval }, readTimeSeries, options),
    funnel: (question, options) => read('Funnel', funnelRequest(question), readFunnel, options),
    export: (format, options) => read('Export', { format }, ({ content }) => text(content), options),
  };
}
