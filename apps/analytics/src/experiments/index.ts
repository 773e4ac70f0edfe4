// Experiments and metrics over the raw events: the handlers of AnalyticsService that speak of them.
import type { AnalyticsPorts } from '../ports.ts';
import type { Handlers } from '../service/handlers.ts';
import { readFunnel } from './funnel.ts';
import { exportResults, readResults } from './results.ts';
import { createResultsCache } from './results-cache.ts';
import { readSampleSize } from './sample-size.ts';
import { readSegments } from './segments.ts';
import { readTimeSeries } from './time-series.ts';

/** The handlers, and what keeps results fresh behind them. */
export interface ExperimentHandlers {
  readonly handlers: Pick<
    Handlers,
    'results' | 'export' | 'timeSeries' | 'segments' | 'sampleSize' | 'funnel'
  >;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** Starts refreshing in the background. */
export function createExperimentHandlers(ports: AnalyticsPorts): ExperimentHandlers {
  const cache = createResultsCache(ports);
  return {
    handlers: {
      results: (request) => readResults(ports, cache, request),
      timeSeries: (request) => readTimeSeries(ports, request),
      segments: (request) => readSegments(ports, request),
      sampleSize: (request) => readSampleSize(ports, request),
      funnel: (request) => readFunnel(ports, request),
      export: (request) => exportResults(ports, cache, request),
    },
    close: () => cache.close(),
  };
}
