// Finds the documents a request speaks of. The core has checked them; what is missing is named.
import { fail, succeed, type Result } from '@org/contract';
import type { Experiment, Metric } from '@org/contract/model';
import type { AnalyticsPorts } from '../ports.ts';
import { invalid } from '../service/handlers.ts';
import type { KeyedMetric } from './collect/request.ts';

/** An experiment with the metrics it names. */
export interface FoundExperiment {
  readonly environmentId: string;
  readonly key: string;
  readonly experiment: Experiment;
  /** Those whose documents are there, in its order. */
  readonly metrics: readonly KeyedMetric[];
  /** Another text for other documents. */
  readonly version: string;
}

type Definitions = AnalyticsPorts['definitions'];

const missing = (kind: string, key: string): Result<never> =>
  fail('NOT_FOUND', `There is no ${kind} "${key}".`, { metadata: { missing: 'document', kind, key } });

/** The experiment; a violation of the field `experiment` when it is not there. */
export function findExperiment(
  definitions: Definitions,
  environmentId: string,
  key: string,
): Result<FoundExperiment> {
  if (key === '') return invalid('experiment', 'required', 'A value is required.');
  const found = definitions.get(environmentId, 'experiment', key);
  if (found === undefined) return missing('experiment', key);
  const experiment = found.document as Experiment;
  const named = experiment.metrics.map((each) => definitions.get(environmentId, 'metric', each.key));
  const metrics = named
    .filter((each) => each !== undefined)
    .map((each) => ({ key: each.key, metric: each.document as Metric }));
  const version = JSON.stringify([found.revision, ...named.map((each) => each?.revision ?? 0)]);
  return succeed({ environmentId, key, experiment, metrics, version });
}

/** A metric by its key, whether or not an experiment names it. */
export function findMetric(
  definitions: Definitions,
  environmentId: string,
  key: string,
): Result<KeyedMetric> {
  if (key === '') return invalid('metric', 'required', 'A value is required.');
  const found = definitions.get(environmentId, 'metric', key);
  return found === undefined ? missing('metric', key) : succeed({ key, metric: found.document as Metric });
}

/** The experiment with one metric alone. */
export function findWithMetric(
  definitions: Definitions,
  environmentId: string,
  experimentKey: string,
  metricKey: string,
): Result<FoundExperiment> {
  const experiment = findExperiment(definitions, environmentId, experimentKey);
  if (!experiment.ok) return experiment;
  const metric = findMetric(definitions, environmentId, metricKey);
  if (!metric.ok) return metric;
  return succeed({ ...experiment.value, metrics: [metric.value] });
}
