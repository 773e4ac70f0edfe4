// Answers Segments: a metric by the values an attribute had at the first exposure, corrected for how
// many segments there are and how often one looks.
import { asymptoticSequence } from '@org/stats';
import { succeed, type Result } from '@org/contract';
import type { SegmentsRequest, SegmentsResponse } from '@org/contract/gen/flags/v1/analytics_service';
import type { AnalysisPlan } from '@org/contract/model';
import type { AnalyticsPorts } from '../ports.ts';
import { invalid } from '../service/handlers.ts';
import { alphaOf, compareMetric, correct, type Compared } from './analysis/compare.ts';
import { tunedForUnitsDefault } from './analysis/plan.ts';
import { collect } from './collect/collect.ts';
import type { Group } from './collect/request.ts';
import { findWithMetric, type FoundExperiment } from './find-experiment.ts';

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
  return succeed(corrected(found.value, groups));
}

/** What one segment says of one variant. */
interface SegmentEffect {
  readonly units: number;
  readonly estimate: number;
  readonly standardError: number;
}

/**
 * People look at segments whenever they like, whatever the plan of the experiment: each is judged by the always-valid confidence
 * sequence, corrected by Holm over all segments and variants.
 */
function corrected(found: FoundExperiment, groups: readonly Group[]): SegmentsResponse {
  const { experiment, metrics } = found;
  const alpha = alphaOf(experiment);
  const unitsTuned = experiment.plan.method === 'sequential' ? experiment.plan.tunedForUnits : undefined;
  const plan: AnalysisPlan = {
    method: 'sequential',
    alpha,
    ...(unitsTuned === undefined ? {} : { tunedForUnits: unitsTuned }),
  };
  const { key, metric } = metrics[0]!;
  const role = experiment.metrics.find((each) => each.key === key) ?? ({ key, role: 'secondary' } as const);
  const compared = groups.map((group) =>
    compareMetric(
      { metric, role, index: 0 },
      { experiment: { ...experiment, plan }, arms: group.arms, level: 1 - alpha, comparisons: 1 },
    ),
  );
  const comparisons = compared.flatMap((segment) =>
    segment.flatMap(({ results }) => (results.comparison === undefined ? [] : [results.comparison])),
  );
  const judged = correct(comparisons, alpha);
  const segments = compared.map((segment, at) => ({
    value: groups[at]!.value,
    variants: segment.map(({ results }) => {
      const own = results.comparison === undefined ? -1 : comparisons.indexOf(results.comparison);
      return own < 0 ? results : { ...results, comparison: judged[own] };
    }),
  }));
  const heterogeneityPValue = heterogeneity(compared, groups, plan);
  return { segments, ...(heterogeneityPValue === undefined ? {} : { heterogeneityPValue }) };
}

/**
 * Whether a variant's effects differ between segments, at whatever moment one looks: every two segments are compared by a
 * confidence sequence of their own (the difference of two independent estimates has independent increments, too),
 * corrected by Bonferroni over pairs and variants. Undefined where no two segments have enough.
 */
function heterogeneity(
  compared: readonly (readonly Compared[])[],
  groups: readonly Group[],
  {
    alpha,
    tunedForUnits: unitsTuned = tunedForUnitsDefault,
  }: Extract<AnalysisPlan, { method: 'sequential' }>,
): number | undefined {
  let [least, pairs] = [1, 0];
  for (const at of compared[0]?.keys() ?? []) {
    const effects = compared.flatMap((segment, index): SegmentEffect[] => {
      const { effect, results } = segment[at]!;
      if (effect === null || results.comparison?.notEnough !== '') return [];
      const units = groups[index]!.arms.reduce((sum, arm) => sum + arm.units, 0);
      return [{ units, estimate: effect.difference, standardError: effect.standardError }];
    });
    for (const [first, one] of effects.entries())
      for (const other of effects.slice(first + 1)) {
        const look = {
          units: one.units + other.units,
          estimate: one.estimate - other.estimate,
          standardError: Math.hypot(one.standardError, other.standardError),
        };
        const evidence = asymptoticSequence(look, { alpha, unitsTuned });
        if (evidence === null) continue;
        pairs += 1;
        least = Math.min(least, evidence.p);
      }
  }
  return pairs === 0 ? undefined : Math.min(1, pairs * least);
}
