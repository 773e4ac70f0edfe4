// Answers TimeSeries: a metric as it stood at the end of each day or hour, and the units first exposed inside each.
import { succeed, type Result } from '@org/contract';
import { robustOutliers, robustZMax } from '@org/stats';
import type {
  Anomaly,
  MetricResults,
  TimePoint,
  TimeSeriesRequest,
  TimeSeriesResponse,
  VariantResults,
} from '@org/contract/gen/flags/v1/analytics_service';
import type { AnalyticsPorts } from '../ports.ts';
import { invalid } from '../service/handlers.ts';
import { metricResults } from './analysis/results.ts';
import { collect, collectSeries, instantOf } from './collect/collect.ts';
import type { Group } from './collect/request.ts';
import { findWithMetric, type FoundExperiment } from './find-experiment.ts';
import { timestampOf } from './timestamp.ts';

const bucketMs = { hour: 3_600_000, day: 86_400_000 } as const;
const pointsMax = 100;
/** Fewer values tell nothing of what is usual. */
const valuesMin = 5;

/** The newest buckets, oldest first. */
export async function readTimeSeries(
  { gather, definitions, now }: AnalyticsPorts,
  { environment, experiment, metric, interval }: TimeSeriesRequest,
): Promise<Result<TimeSeriesResponse>> {
  if (interval !== 'hour' && interval !== 'day') return invalid('interval', 'in', 'One of "hour" and "day".');
  const found = findWithMetric(definitions, environment, experiment, metric);
  if (!found.ok) return found;
  const request = requestOf(found.value);
  const startMs = instantOf(found.value.experiment.life?.startedAt);
  if (startMs === undefined) return succeed({ points: [], anomalies: [] });
  const size = bucketMs[interval];
  const whole = await collect(gather, { ...request, grouping: { by: 'first_exposure', bucketMs: size } });
  const inside = new Map(whole.groups.map((group) => [group.value, group]));
  const endMs = Math.min(whole.dataUntilMs ?? startMs, now());
  const last = Math.floor(endMs / size) * size;
  const first = Math.max(Math.floor(startMs / size) * size, last - (pointsMax - 1) * size);
  const starts = Array.from({ length: (last - first) / size + 1 }, (_, index) => first + index * size);
  const cumulative = await collectSeries(
    gather,
    { ...request, grouping: { by: 'nothing' } },
    starts.map((fromMs) => fromMs + size - 1),
    whole.dataUntilMs,
  );
  const points = starts.map((fromMs, index): TimePoint => ({
    time: timestampOf(fromMs),
    cumulative: variantsOf(found.value, cumulative[index]?.[0]),
    inside: variantsOf(found.value, inside.get(String(fromMs))),
  }));
  return succeed({ points, anomalies: anomaliesOf(points) });
}

const requestOf = ({ environmentId, key, experiment, metrics }: FoundExperiment) => ({
  environmentId,
  experimentKey: key,
  experiment,
  metrics,
});

/** The one metric's variants; none where nobody was exposed. */
export function variantsOf(found: FoundExperiment, group: Group | undefined): VariantResults[] {
  if (group === undefined) return [];
  const { key: experimentKey, experiment, metrics } = found;
  const [result] = metricResults({ experimentKey, experiment, metrics, level: undefined }, group);
  return (result as MetricResults).variants;
}

/** Buckets whose own mean is out of line with the others of the variant. The last one is not over yet, and left out. */
function anomaliesOf(points: readonly TimePoint[]): Anomaly[] {
  const series = new Map<string, { time: TimePoint['time']; value: number }[]>();
  for (const { time, inside } of points.slice(0, -1))
    for (const { variant, mean } of inside)
      if (mean !== undefined) series.set(variant, [...(series.get(variant) ?? []), { time, value: mean }]);
  return [...series].flatMap(([variant, values]) => {
    if (values.length < valuesMin) return [];
    const { z, median } = robustOutliers(values.map(({ value }) => value));
    return values.flatMap(({ time, value }, index): Anomaly[] => {
      const score = z[index] ?? 0;
      return Math.abs(score) > robustZMax ? [{ time, variant, value, expected: median, score }] : [];
    });
  });
}
