// Answers Segments: a metric by the values an attribute had at the first exposure, corrected for the number of segments.
import { segmentBreakdown, type SegmentEffect } from '@org/stats';
import { succeed, type Result } from '@org/contract';
import type {
  SegmentResults,
  SegmentsRequest,
  SegmentsResponse,
} from '@org/contract/gen/flags/v1/analytics_service';
import type { AnalyticsPorts } from '../ports.ts';
import { invalid } from '../service/handlers.ts';
import { alphaOf } from './analysis/compare.ts';
import { effectOf } from './analysis/effect.ts';
import { collect } from './collect/collect.ts';
import type { Group } from './collect/request.ts';
import { findWithMetric, type FoundExperiment } from './find-experiment.ts';
import { variantsOf } from './time-series.ts';

/** Segments by their value. */
export async function readSegments(
  { gather, definitions }: AnalyticsPorts,
  { environment, experiment: experimentKey, metric, attribute }: SegmentsRequest,
): Promise<Result<SegmentsResponse>> {
  if (attribute === '') return invalid('attribute', 'required', 'A value is required.');
  const found = findWithMetric(definitions, environment, experimentKey, metric);
  if (!found.ok) return found;
  const { experiment, metrics } = found.value;
  if (!(experiment.segments ?? []).includes(attribute))
    return invalid('attribute', 'in', 'Not one of the attributes in the experiment’s "segments".');
  const { groups } = await collect(gather, {
    environmentId: environment,
    experimentKey,
    experiment,
    metrics,
    grouping: { by: 'attribute', attribute },
  });
  const segments = groups.map((group) => ({ value: group.value, variants: variantsOf(found.value, group) }));
  return succeed(corrected(segments, groups, found.value));
}

/** Holm's correction over the segments of each variant; heterogeneity of the variant that differs most, corrected too. */
function corrected(
  segments: readonly SegmentResults[],
  groups: readonly Group[],
  { experiment, metrics }: FoundExperiment,
): SegmentsResponse {
  const alpha = alphaOf(experiment);
  const controlAt = experiment.variants.findIndex(({ variant }) => variant === experiment.control);
  const heterogeneities: number[] = [];
  const result = segments.map((segment) => ({ ...segment, variants: [...segment.variants] }));
  for (const at of experiment.variants.keys()) {
    if (at === controlAt) continue;
    const effects = groups.flatMap(({ value, arms }): SegmentEffect[] => {
      const effect = effectOf(
        metrics[0]!.metric,
        arms[controlAt]!.metrics[0]!,
        arms[at]!.metrics[0]!,
        1 - alpha,
      );
      return effect === null
        ? []
        : [{ segment: value, estimate: effect.difference, standardError: effect.standardError }];
    });
    const breakdown = segmentBreakdown(effects, alpha);
    if (breakdown.heterogeneity !== null) heterogeneities.push(breakdown.heterogeneity.p);
    for (const { segment, adjustedP, isSignificant } of breakdown.segments) {
      const own = result.find(({ value }) => value === segment)!.variants;
      const { comparison, ...rest } = own[at]!;
      if (comparison === undefined) continue;
      const significant = isSignificant && comparison.notEnough === '';
      own[at] = { ...rest, comparison: { ...comparison, adjustedPValue: adjustedP, significant } };
    }
  }
  const least = Math.min(1, heterogeneities.length * Math.min(...heterogeneities));
  return {
    segments: result,
    ...(heterogeneities.length === 0 ? {} : { heterogeneityPValue: least }),
  };
}
