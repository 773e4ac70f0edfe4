// Answers Results and Export.
import { fail, succeed, type Result } from '@org/contract';
import {
  ExperimentResults,
  type ExportRequest,
  type ExportResponse,
  type ResultsRequest,
} from '@org/contract/gen/flags/v1/analytics_service';
import type { AnalyticsPorts } from '../ports.ts';
import { invalid } from '../service/handlers.ts';
import { csvOf } from './analysis/csv.ts';
import { resultsOf } from './analysis/results.ts';
import { findExperiment } from './find-experiment.ts';
import type { ResultsCache } from './results-cache.ts';

const levels = [0, 0.9, 0.95, 0.99];

/** Results as they stand; those of a decided experiment as they stood when it was decided. */
export async function readResults(
  { definitions, now }: AnalyticsPorts,
  cache: ResultsCache,
  { environment, experiment: key, level }: ResultsRequest,
): Promise<Result<ExperimentResults>> {
  if (!levels.includes(level)) return invalid('level', 'in', 'One of 0.9, 0.95 and 0.99; 0: by the plan.');
  const found = findExperiment(definitions, environment, key);
  if (!found.ok) return found;
  const { experiment, metrics } = found.value;
  const frozen = experiment.life?.decision?.results;
  if (frozen !== undefined) return succeed(ExperimentResults.fromJSON(frozen));
  if (experiment.life?.startedAt === undefined)
    return fail('WRONG_STATE', 'The experiment has not been started: there is nothing to analyse.');
  const collected = await cache.get(found.value);
  return succeed(
    resultsOf({
      experimentKey: key,
      experiment,
      metrics,
      collected,
      level: level === 0 ? undefined : level,
      nowMs: now(),
    }),
  );
}

/** The same as a file. */
export async function exportResults(
  ports: AnalyticsPorts,
  cache: ResultsCache,
  { environment, experiment, format }: ExportRequest,
): Promise<Result<ExportResponse>> {
  if (format !== 'csv' && format !== 'json') return invalid('format', 'in', 'One of "csv" and "json".');
  const results = await readResults(ports, cache, { environment, experiment, level: 0 });
  if (!results.ok) return results;
  return succeed(
    format === 'csv'
      ? { contentType: 'text/csv; charset=utf-8', content: csvOf(results.value) }
      : {
          contentType: 'application/json',
          content: `${JSON.stringify(ExperimentResults.toJSON(results.value), undefined, 2)}\n`,
        },
  );
}
