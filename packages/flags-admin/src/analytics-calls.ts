// What the events of an environment say, apart from its experiments.
import type { FunnelVariant, PipelineStatus, QueryRows, SampleSize } from './analytics-model.ts';
import type { Calls } from './calls.ts';
import { readFunnel, readPipelineStatus, readQuery, readSampleSize } from './read-analytics.ts';
import { count } from './read-messages.ts';
import type { CallOptions } from './transport.ts';

/** Which funnel: a metric of type `funnel`, or names of events in their order. */
export type FunnelQuestion = ({ readonly metric: string } | { readonly steps: readonly string[] }) & {
  /** Between the first step (of an experiment: the exposure) and the last. Left out: no limit. */
  readonly withinHours?: number;
  /** First steps (of an experiment: events) before and after these moments do not count. */
  readonly from?: Date;
  readonly until?: Date;
};

/** What a sample size is reckoned from. */
export interface SampleSizeQuestion {
  /** A metric whose events of the last four weeks are the baseline. Left out: `rate`, or `mean` and `standardDeviation`. */
  readonly metric?: string;
  readonly rate?: number;
  readonly mean?: number;
  readonly standardDeviation?: number;
  /** Relative: 0.05 for 5 %. Left out: that of the metric. */
  readonly minimumEffect?: number;
  /** Left out: 0.05. */
  readonly alpha?: number;
  /** Left out: 0.8. */
  readonly power?: number;
  /** Control included. Left out: 2. */
  readonly variants?: number;
  /** Left out: fixed. */
  readonly method?: 'fixed' | 'sequential' | 'group_sequential';
  /** Units a day that take part: for the days it takes. */
  readonly unitsPerDay?: number;
}

export interface AnalyticsCalls {
  /** How far all units come. */
  funnel(question: FunnelQuestion, options?: CallOptions): Promise<readonly FunnelVariant[]>;
  /** How many units an experiment needs. */
  sampleSize(question: SampleSizeQuestion, options?: CallOptions): Promise<SampleSize>;
  /** One SELECT over the environment's raw events; at most 10,000 rows, 1,000 when left out. */
  query(sql: string, options?: CallOptions & { readonly rowsMax?: number }): Promise<QueryRows>;
  /** How far the pipeline of events has come, and what was dropped, by reason. */
  pipelineStatus(options?: CallOptions): Promise<PipelineStatus>;
  /** Removes everything known of one unit; answers how many events it had. */
  eraseUnit(unit: string, options?: CallOptions & { readonly kind?: string }): Promise<number>;
}

export function analyticsCalls({ ask }: Calls): AnalyticsCalls {
  return {
    async funnel(question, options) {
      return readFunnel(await ask('AnalyticsService/Funnel', funnelRequest(question), options));
    },
    async sampleSize({ rate, mean, standardDeviation, ...question }, options) {
      const baseline = {
        baselineRate: rate,
        baselineMean: mean,
        baselineStandardDeviation: standardDeviation,
      };
      const request = { ...question, ...baseline };
      return readSampleSize(await ask('AnalyticsService/SampleSize', request, options));
    },
    async query(sql, { rowsMax = 0, ...options } = {}) {
      return readQuery(await ask('AnalyticsService/Query', { sql, rowsMax }, options));
    },
    async pipelineStatus(options) {
      return readPipelineStatus(await ask('AnalyticsService/PipelineStatus', {}, options));
    },
    async eraseUnit(unit, { kind = '', ...options } = {}) {
      const { events } = await ask('AnalyticsService/EraseUnit', { kind, unit }, options);
      return count(events);
    },
  };
}

/** As the contract has it. */
export const funnelRequest = ({ withinHours, from, until, ...of }: FunnelQuestion): object => ({
  ...of,
  withinHours,
  fromMs: from?.getTime(),
  untilMs: until?.getTime(),
});
