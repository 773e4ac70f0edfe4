// Puts the handlers together: those of the pipeline here, those of experiments from their own folder.
import { fail } from '@org/contract';
import { AnalyticsServiceDefinition } from '@org/contract/gen/flags/v1/analytics_service';
import type { ExperimentHandlers } from '../experiments/index.ts';
import type { AnalyticsPorts } from '../ports.ts';
import { runQuery } from '../query/run-query.ts';
import { withAllRows } from '../share/table-rows.ts';
import { eraseUnit } from './erase-unit.ts';
import type { Handlers, MethodKey } from './handlers.ts';
import { hotWindow, hotWindowMsMax } from './hot-window.ts';
import { pipelineStatus } from './pipeline-status.ts';

/** One handler for each method of the contract. */
export function createHandlers(ports: AnalyticsPorts, experiments: ExperimentHandlers['handlers']): Handlers {
  const unimplemented = () =>
    Promise.resolve(fail('UNIMPLEMENTED', 'This analytics process does not know the method.'));
  const keys = Object.keys(AnalyticsServiceDefinition.methods) as MethodKey[];
  return {
    ...(Object.fromEntries(keys.map((key) => [key, unimplemented])) as unknown as Handlers),
    query: (request) => {
      const all = { environmentId: request.environment, sinceMs: 0 };
      return withAllRows(ports, all, (database) => runQuery({ database }, request));
    },
    hotWindow: (request) => {
      const sinceMs = ports.now() - hotWindowMsMax;
      const recent = { environmentId: request.environment, sinceMs };
      return withAllRows(ports, recent, (database) => hotWindow({ database, now: ports.now }, request));
    },
    eraseUnit: (request) => eraseUnit(ports, request),
    pipelineStatus: (request) => pipelineStatus(ports, request),
    ...experiments,
  };
}
