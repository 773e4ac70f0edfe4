// Results of one metric: every variant's own numbers, and its comparison with control by the plan. Numbers that do not exist
// are left out, never NaN.
import {
  adjustPValues,
  detectableEffect,
  StatsError,
  studentTQuantile,
  wilsonInterval,
  criticalZ,
  type Interval,
} from '@org/stats';
import type { Experiment, ExperimentMetric, Metric } from '@org/contract/model';
import type {
  Comparison,
  Interval as IntervalMessage,
  VariantResults,
} from '@org/contract/gen/flags/v1/analytics_service';
import { isShare } from '../collect/metric-sums.ts';
import type { Arm, ArmMetric } from '../collect/request.ts';
import { effectOf, proportionOf, valueOf, type Effect } from './effect.ts';
import { guardrailOf } from './guardrail.ts';
import { verdictOf } from './plan.ts';

/** What is compared: one metric of an experiment. */
export interface ComparedMetric {
  readonly metric: Metric;
  readonly role: ExperimentMetric;
  /** Position of the metric in the arms. */
  readonly index: number;
}

/** What all metrics of a result share. */
export interface Comparing {
  readonly experiment: Experiment;
  /** In the order of the experiment's variants. */
  readonly arms: readonly Arm[];
  readonly level: number;
  /** Comparisons of the same role: variants times metrics. */
  readonly comparisons: number;
}

/** A variant's results with what the recommendation needs of them. */
export interface Compared {
  readonly results: VariantResults;
  readonly effect: Effect | null;
}

/** The chance of a false finding that the plan allows. */
export const alphaOf = ({ plan }: Pick<Experiment, 'plan'>): number =>
  plan.method === 'bayesian' ? 1 - plan.credibility : plan.alpha;

/** Control first as the others: in the order of the variants. */
export function compareMetric(compared: ComparedMetric, comparing: Comparing): readonly Compared[] {
  const { experiment, arms } = comparing;
  const controlAt = experiment.variants.findIndex(({ variant }) => variant === experiment.control);
  return arms.map((arm, at): Compared => {
    const own = arm.metrics[compared.index]!;
    const base = baseOf(experiment.variants[at]!.variant, compared.metric, own, comparing.level);
    if (at === controlAt) return { results: base, effect: null };
    const { comparison, effect } = guarded(() => comparisonOf(compared, comparing, controlAt, at));
    return { results: { ...base, comparison }, effect };
  });
}

function baseOf(variant: string, metric: Metric, arm: ArmMetric, level: number): VariantResults {
  const value = arm.units === 0 ? null : valueOf(metric, arm);
  return {
    variant,
    units: arm.units,
    unitsWithEvents: arm.unitsWithEvents,
    ...(value === null ? {} : { mean: finite(value.value) }),
    ...(value === null || metric.type === 'quantile'
      ? {}
      : { standardDeviation: finite(deviationOf(metric, arm, value.variance)) }),
    meanInterval: value === null ? undefined : message(intervalOf(metric, arm, value, level)),
    comparison: undefined,
  };
}

/** Of the units' values; of a ratio, what its error times the root of the units is. */
function deviationOf({ type }: Metric, { units, statistics }: ArmMetric, variance: number): number {
  if (type === 'ratio') return Math.sqrt(variance * units);
  return units < 2 ? NaN : Math.sqrt(statistics.outcome.m2 / (units - 1));
}

function intervalOf(
  { type }: Metric,
  arm: ArmMetric,
  { value, variance }: { readonly value: number; readonly variance: number },
  level: number,
): Interval | undefined {
  if (isShare(type)) return wilsonInterval(proportionOf(arm), level);
  if (arm.units < 2) return undefined;
  const normal = type === 'ratio' || type === 'quantile';
  const critical = normal ? criticalZ(level) : studentTQuantile((1 - level) / 2, arm.units - 1, 'upper');
  const half = critical * Math.sqrt(variance);
  return { lower: value - half, upper: value + half };
}

interface ComparisonAndEffect {
  readonly comparison: Comparison;
  readonly effect: Effect | null;
}

function comparisonOf(
  { metric, role, index }: ComparedMetric,
  { experiment, arms, level, comparisons }: Comparing,
  controlAt: number,
  at: number,
): ComparisonAndEffect {
  const [control, treatment] = [arms[controlAt]!.metrics[index]!, arms[at]!.metrics[index]!];
  const weights = [experiment.variants[controlAt]!.weight, experiment.variants[at]!.weight] as const;
  const units = arms.reduce((sum, arm) => sum + arm.units, 0);
  const effect = effectOf(metric, control, treatment, level);
  const { plan } = experiment;
  const verdict = verdictOf(plan, { metric, control, treatment, weights, effect, units, level, comparisons });
  const isEnough = verdict.notEnough === undefined;
  const [c, t] = [valueOf(metric, control), valueOf(metric, treatment)];
  const difference = effect?.difference ?? (c === null || t === null ? undefined : t.value - c.value);
  const uplift = effect?.relative?.estimate;
  const comparison: Comparison = {
    method: verdict.method,
    ...numbers({ difference, uplift, pValue: verdict.pValue, logPValue: verdict.logPValue }),
    differenceInterval: message(verdict.interval),
    upliftInterval: message(verdict.upliftInterval),
    // Those with p-values are told after the correction.
    significant: verdict.crossed ?? false,
    ...numbers({ chanceToWin: verdict.chanceToWin, expectedLoss: verdict.expectedLoss }),
    guardrail:
      role.role === 'guardrail'
        ? guardrailOf({ metric, margin: role.margin ?? 0, plan, units, effect, isEnough })
        : '',
    ...numbers({
      varianceReduction: effect?.varianceReduction,
      minimumDetectableEffect: detectable(effect, alphaOf(experiment)),
    }),
    notEnough: verdict.notEnough ?? '',
  };
  return { comparison, effect };
}

/** With 80 % power, relative. */
function detectable(effect: Effect | null, alpha: number): number | undefined {
  const error = effect?.relative?.standardError;
  if (error === undefined || !(error >= 1e-75)) return undefined;
  return detectableEffect(error, { alpha, power: 0.8, sides: 2 });
}

/** Values too large for statistics (sums of 1e300) are no fault of the process: the answer says so. */
function guarded(work: () => ComparisonAndEffect): ComparisonAndEffect {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof StatsError)) throw error;
    const notEnough = `The values are out of what can be computed with: ${error.path} ${error.rule}.`;
    const comparison: Comparison = {
      method: 'none',
      differenceInterval: undefined,
      upliftInterval: undefined,
      significant: false,
      guardrail: '',
      notEnough,
    };
    return { comparison, effect: null };
  }
}

/** Holm's correction over all comparisons of one role (goals and variants together). Boundaries have theirs already. */
export function correct(comparisons: readonly Comparison[], alpha: number): readonly Comparison[] {
  const tested = comparisons.filter(({ pValue }) => pValue !== undefined);
  const adjusted = adjustPValues(
    tested.map(({ pValue }) => pValue!),
    'holm',
  );
  return comparisons.map((comparison) => {
    const at = tested.indexOf(comparison);
    if (at < 0) return comparison;
    return { ...comparison, adjustedPValue: adjusted[at]!, significant: adjusted[at]! <= alpha };
  });
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

/** Those that are numbers. */
function numbers(values: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
}

function message(interval: Interval | undefined): IntervalMessage | undefined {
  if (interval === undefined) return undefined;
  return numbers({ lower: interval.lower, upper: interval.upper });
}
