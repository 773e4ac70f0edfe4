// Asks analytics what alerts want to know of experiments and of the pipeline. In the background, at its own interval: nothing
// waits for a process that does not answer.
import type { ExperimentHealth } from '@org/automation';
import { PipelineStatusRequest, PipelineStatusResponse } from '@org/contract/gen/flags/v1/analytics_service';
import type { ExperimentResults } from '@org/contract/gen/flags/v1/analytics_service';
import type { AnalyticsPort } from '../../application.ts';
import type { Replica } from '../../domain/environment/replica.ts';
import { readResults } from '../../domain/experiments/experiment-service.ts';
import { runningExperiments, type KeyedExperiment } from '../../domain/experiments/running.ts';

/** What is known of one environment; members are undefined while they are not. */
export interface AnalyticsNews {
  readonly experiments?: readonly ExperimentHealth[];
  readonly answers?: boolean;
  readonly batchesBehind?: number;
}

export interface AnalyticsWatch {
  /** The latest, and asks anew when that is due. */
  latest(replica: Replica, wants: AnalyticsWants, nowMs: number): AnalyticsNews;
}

export interface AnalyticsWants {
  readonly experiments: boolean;
  readonly pipeline: boolean;
}

interface Held {
  askedMs: number;
  isAsking: boolean;
  news: AnalyticsNews;
}

const intervalMsDefault = 30_000;
const pipelineMethod = 'flags.v1.AnalyticsService/PipelineStatus';

/** Undefined analytics: nothing is ever known. */
export function createAnalyticsWatch(
  analytics: AnalyticsPort | undefined,
  intervalMs = intervalMsDefault,
): AnalyticsWatch {
  const held = new Map<string, Held>();
  return {
    latest(replica, wants, nowMs) {
      if (analytics === undefined || !(wants.experiments || wants.pipeline)) return {};
      const { environmentId } = replica;
      const entry = held.get(environmentId) ?? { askedMs: -Infinity, isAsking: false, news: {} };
      held.set(environmentId, entry);
      if (!entry.isAsking && Math.abs(nowMs - entry.askedMs) >= intervalMs) {
        entry.askedMs = nowMs;
        entry.isAsking = true;
        void ask(analytics, replica, wants)
          .then((news) => (entry.news = news))
          .finally(() => (entry.isAsking = false));
      }
      return entry.news;
    },
  };
}

async function ask(
  analytics: AnalyticsPort,
  replica: Replica,
  wants: AnalyticsWants,
): Promise<AnalyticsNews> {
  const pipeline = wants.pipeline ? await askPipeline(analytics, replica.environmentId) : {};
  if (!wants.experiments) return pipeline;
  const experiments: ExperimentHealth[] = [];
  for (const running of runningExperiments(replica.state.documents)) {
    const results = await readResults(analytics, replica, running.key);
    // Of some of them is of none: what is not known must not look fine.
    if (!results.ok) return pipeline;
    experiments.push(healthOf(running, results.value));
  }
  return { ...pipeline, experiments };
}

async function askPipeline(analytics: AnalyticsPort, environmentId: string): Promise<AnalyticsNews> {
  const request = PipelineStatusRequest.encode({ environment: environmentId }).finish();
  const answer = await analytics.ask({ environmentId }, pipelineMethod, request);
  if (!answer.ok) return { answers: false };
  try {
    return { answers: true, batchesBehind: PipelineStatusResponse.decode(answer.value).batchesBehind };
  } catch {
    return { answers: false };
  }
}

function healthOf({ key, experiment }: KeyedExperiment, results: ExperimentResults): ExperimentHealth {
  const violated = results.metrics.filter(({ variants }) =>
    variants.some(({ comparison }) => comparison?.guardrail === 'violated'),
  );
  const pValue = results.sampleRatio?.pValue;
  return {
    key,
    sampleRatioMismatch: results.sampleRatio?.mismatch === true,
    ...(pValue === undefined ? {} : { pValue }),
    violatedGuardrails: violated.map(({ metric }) => metric),
    guardrails: experiment.metrics.filter(({ role }) => role === 'guardrail').map((metric) => metric.key),
  };
}
