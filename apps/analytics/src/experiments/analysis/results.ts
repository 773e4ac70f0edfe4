// All results of an experiment from its sufficient statistics.
import { countEvidence, emptyStatistics } from '@org/stats';
import type { Experiment } from '@org/contract/model';
import type {
  Comparison,
  ExperimentResults,
  MetricResults,
  SampleRatio,
  VariantUnits,
} from '@org/contract/gen/flags/v1/analytics_service';
import type { Collected, Group, KeyedMetric } from '../collect/request.ts';
import { timestampOf } from '../timestamp.ts';
import { alphaOf, compareMetric, correct } from './compare.ts';
import { recommend } from './recommend.ts';

/** What the answer is made of. */
export interface ResultsInput {
  readonly experimentKey: string;
  readonly experiment: Experiment;
  /** In the order of the experiment's metrics; those whose documents are there. */
  readonly metrics: readonly KeyedMetric[];
  readonly collected: Collected;
  /** Of intervals; undefined: by the plan. */
  readonly level: number | undefined;
  readonly nowMs: number;
}

/** A sample ratio as unlikely as this is a fault. */
const sampleRatioAlpha = 0.001;

/** Puts the answer together. Pure. */
export function resultsOf(input: ResultsInput): ExperimentResults {
  const { experimentKey, experiment, metrics, collected, nowMs } = input;
  const group = collected.groups[0] ?? emptyGroup(experiment, metrics);
  const units = unitsOf(experiment, group);
  const total = units.reduce((sum, each) => sum + each.units, 0);
  const sampleRatio = sampleRatioOf(experiment, group, collected);
  const results = metricResults(input, group);
  const isComplete = isSampleIn(experiment, total);
  return {
    experiment: experimentKey,
    flagKey: experiment.target.key,
    state: experiment.life?.state ?? 'draft',
    control: experiment.control,
    computedAt: timestampOf(nowMs),
    dataUntil: collected.dataUntilMs === undefined ? undefined : timestampOf(collected.dataUntilMs),
    units,
    sampleRatio,
    metrics: [...results],
    recommendation: recommend({ experiment, metrics: results, sampleRatio, units: total, nowMs, isComplete }),
    warnings: warningsOf(experiment, metrics, collected, total),
  };
}

/** Every metric's variants, corrected role by role. */
export function metricResults(
  { experiment, metrics, level = 1 - alphaOf(experiment) }: Omit<ResultsInput, 'collected' | 'nowMs'>,
  group: Group,
): readonly MetricResults[] {
  const roles = new Map(experiment.metrics.map((each) => [each.key, each]));
  const others = experiment.variants.length - 1;
  const ofRole = (role: string) => metrics.filter(({ key }) => roles.get(key)?.role === role).length;
  const results = metrics.map(({ key, metric }, index): MetricResults => {
    const role = roles.get(key) ?? { key, role: 'secondary' as const };
    const comparisons = Math.max(1, ofRole(role.role) * others);
    const compared = compareMetric(
      { metric, role, index },
      { experiment, arms: group.arms, level, comparisons },
    );
    return {
      metric: key,
      role: role.role,
      direction: metric.direction,
      variants: compared.map((each) => each.results),
    };
  });
  const alpha = alphaOf(experiment);
  return ['goal', 'secondary', 'guardrail'].reduce(
    (all, role) => correctRole(all, role, alpha),
    results as readonly MetricResults[],
  );
}

function correctRole(
  results: readonly MetricResults[],
  role: string,
  alpha: number,
): readonly MetricResults[] {
  const comparisons = results
    .filter((each) => each.role === role)
    .flatMap(({ variants }) => variants.map(({ comparison }) => comparison))
    .filter((comparison): comparison is Comparison => comparison !== undefined);
  const corrected = correct(comparisons, alpha);
  return results.map((each) => ({
    ...each,
    variants: each.variants.map((variant) => {
      const at = variant.comparison === undefined ? -1 : comparisons.indexOf(variant.comparison);
      return at < 0 ? variant : { ...variant, comparison: corrected[at] };
    }),
  }));
}

/** Arms without a unit. */
function emptyGroup(experiment: Experiment, metrics: readonly KeyedMetric[]): Group {
  const nothing = { units: 0, unitsWithEvents: 0, statistics: emptyStatistics };
  return {
    value: '',
    arms: experiment.variants.map(() => ({ units: 0, metrics: metrics.map(() => nothing) })),
  };
}

function unitsOf({ variants }: Experiment, { arms }: Group): VariantUnits[] {
  const weights = variants.reduce((sum, { weight }) => sum + weight, 0);
  const total = arms.reduce((sum, { units }) => sum + units, 0);
  return variants.map(({ variant, weight }, at) => ({
    variant,
    units: arms[at]!.units,
    expectedShare: weights === 0 ? 0 : weight / weights,
    share: total === 0 ? 0 : arms[at]!.units / total,
  }));
}

function sampleRatioOf(
  { variants }: Experiment,
  { arms }: Group,
  { crossedUnits, excluded }: Collected,
): SampleRatio {
  const { p, isTrafficInClosedArm } = countEvidence(
    arms.map(({ units }) => units),
    variants.map(({ weight }) => weight),
  );
  return {
    pValue: p,
    mismatch: p < sampleRatioAlpha || isTrafficInClosedArm,
    crossedUnits,
    excludedUnits: excluded.targeted + excluded.overridden + excluded.condition,
    excludedByReason: { ...excluded },
  };
}

function isSampleIn({ plan }: Experiment, units: number): boolean {
  return (plan.method === 'fixed' || plan.method === 'group_sequential') && units >= plan.maxUnits;
}

function warningsOf(
  experiment: Experiment,
  metrics: readonly KeyedMetric[],
  { crossedUnits, excluded, unusableValues, dataUntilMs }: Collected,
  units: number,
): string[] {
  const known = new Set(metrics.map(({ key }) => key));
  const unknown = experiment.metrics.filter(({ key }) => !known.has(key)).map(({ key }) => key);
  const warnings = [
    dataUntilMs === undefined && 'No events have come in yet.',
    dataUntilMs !== undefined && units === 0 && 'No exposures of this experiment have come in yet.',
    crossedUnits > 0 && `${crossedUnits} units were seen in more than one variant, and are left out.`,
    excluded.targeted > 0 && `${excluded.targeted} units were individually targeted, and are left out.`,
    excluded.overridden > 0 && `${excluded.overridden} units were overridden, and are left out.`,
    excluded.condition > 0 && `${excluded.condition} units fulfil the condition "exclude", and are left out.`,
    unusableValues > 0 &&
      `${unusableValues} events have values that are not finite or beyond 1e60: they count as events without a value.`,
    ...unknown.map((key) => `The metric "${key}" has no document: it is left out.`),
  ];
  return warnings.filter((warning) => warning !== false);
}
