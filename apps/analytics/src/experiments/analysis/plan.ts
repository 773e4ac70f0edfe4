// What an effect says under the experiment's plan: only methods whose error rate holds for the way the plan looks at the data.
import {
  asymptoticSequence,
  concentrationFor,
  countEvidence,
  enoughEvidence,
  boundaryLimits,
  groupSequentialDesign,
  normalPosterior,
  rarerEvents,
  type GroupSequentialDesign,
  type Interval,
} from '@org/stats';
import type { AnalysisPlan, Metric } from '@org/contract/model';
import { isShare } from '../collect/metric-sums.ts';
import type { ArmMetric } from '../collect/request.ts';
import { proportionOf, type Effect } from './effect.ts';

/** Two arms and what is known of them. */
export interface Comparand {
  readonly metric: Metric;
  readonly control: ArmMetric;
  readonly treatment: ArmMetric;
  /** Planned shares of both. */
  readonly weights: readonly [control: number, treatment: number];
  /** Null where there is nothing to test. */
  readonly effect: Effect | null;
  /** Units of all variants. */
  readonly units: number;
  /** Of the intervals. */
  readonly level: number;
  /** Among how many comparisons of its kind it is one: boundaries share alpha among them. */
  readonly comparisons: number;
}

/** The answer of the plan. */
export interface Verdict {
  readonly method: string;
  readonly pValue?: number;
  readonly logPValue?: number;
  readonly interval?: Interval;
  readonly upliftInterval?: Interval;
  readonly chanceToWin?: number;
  readonly expectedLoss?: number;
  readonly notEnough?: string;
  /** Group-sequential: whether the boundary of the look, made for all comparisons together, is crossed. */
  readonly crossed?: boolean;
}

/** Confidence sequences are tightest here unless the plan says otherwise. */
export const tunedForUnitsDefault = 10_000;
/** Below this share of the two arms a split is unequal: events are judged by the arms they fall into. */
const equalShareMin = 0.2;
/** The relative effect that count e-processes look for when the metric names none. */
const countEffectDefault = 0.5;

/** Asks the plan. */
export function verdictOf(plan: AnalysisPlan, comparand: Comparand): Verdict {
  switch (plan.method) {
    case 'sequential':
      return sequential(plan.alpha, plan.tunedForUnits ?? tunedForUnitsDefault, comparand);
    case 'group_sequential':
      return groupSequential(plan, comparand);
    case 'fixed':
      return fixed(plan.maxUnits, comparand);
    case 'bayesian':
      return bayesian(comparand);
  }
}

/** Which of the two sequential methods is used depends on the plan alone, so that looking cannot choose it. */
function sequential(alpha: number, unitsTuned: number, comparand: Comparand): Verdict {
  const { metric, weights, effect, control, treatment, units, level } = comparand;
  const smallest = Math.min(...weights) / (weights[0] + weights[1]);
  if (isShare(metric.type) && metric.type !== 'retention' && smallest < equalShareMin)
    return countVerdict(comparand);
  const method = 'asymptotic_cs';
  if (effect === null) return { method, notEnough: nothingToTest(comparand) };
  const missing = missingEvidence(comparand);
  if (missing !== undefined) return { method, notEnough: missing };
  const look = { units, estimate: effect.difference, standardError: effect.standardError };
  const evidence = asymptoticSequence(look, { alpha, unitsTuned });
  const interval = asymptoticSequence(look, { alpha: 1 - level, unitsTuned })?.interval;
  if (evidence === null) return { method, notEnough: nothingToTest({ control, treatment }) };
  const uplift =
    effect.relative === null
      ? null
      : asymptoticSequence(
          { units, estimate: effect.relative.estimate, standardError: effect.relative.standardError },
          { alpha: 1 - level, unitsTuned },
        );
  return {
    method,
    pValue: evidence.p,
    logPValue: -evidence.negLogP,
    ...(interval === undefined ? {} : { interval }),
    ...(uplift === null ? {} : { upliftInterval: uplift.interval }),
  };
}

function countVerdict({ metric, weights, control, treatment }: Comparand): Verdict {
  const counts = [proportionOf(control).successes, proportionOf(treatment).successes];
  const concentration = concentrationFor(weights, metric.minimumEffect ?? countEffectDefault);
  const { p, negLogP } = countEvidence(counts, weights, concentration);
  const method = 'count_e_process';
  if (counts[0] === 0 && counts[1] === 0) return { method, notEnough: 'No unit has converted yet.' };
  return { method, pValue: p, logPValue: -negLogP };
}

function missingEvidence({ metric, control, treatment }: Comparand, limits?: typeof boundaryLimits) {
  if (metric.type === 'quantile' || metric.type === 'ratio') {
    const events = Math.min(control.unitsWithEvents, treatment.unitsWithEvents);
    const needed = limits?.eventsMin ?? 30;
    return events < needed ? `${events} of ${needed} units with events in the smaller variant.` : undefined;
  }
  const evidence = (arm: ArmMetric) => ({
    events: rarerEvents(arm.statistics, isShare(metric.type)),
    moments: arm.statistics.outcome,
  });
  const gate = enoughEvidence(evidence(control), evidence(treatment), limits);
  if (gate.isEnough) return undefined;
  return gate.reason === 'events'
    ? `${gate.events} of ${limits?.eventsMin ?? 30} units with events in the smaller variant.`
    : `The values are still too skewed (${gate.skewness!.toFixed(2)}): more units, or winsorization.`;
}

const nothingToTest = ({ control, treatment }: Pick<Comparand, 'control' | 'treatment'>): string =>
  control.units < 2 || treatment.units < 2
    ? `${Math.min(control.units, treatment.units)} of 2 units in the smaller variant.`
    : 'The values do not vary, or are too few.';

type GroupPlan = Extract<AnalysisPlan, { method: 'group_sequential' }>;

/** The planned look that has been reached, from 1; 0 before the first. */
export const lookOf = ({ looks, maxUnits }: Pick<GroupPlan, 'looks' | 'maxUnits'>, units: number): number =>
  Math.min(looks, Math.floor((units * looks) / maxUnits + 1e-9));

const designs = new Map<string, GroupSequentialDesign>();

/** Boundaries depend on the plan alone. */
function designOf(
  { looks, alpha: allowed, spending }: GroupPlan,
  comparisons: number,
): GroupSequentialDesign {
  const alpha = allowed / comparisons;
  const key = `${looks} ${alpha} ${spending}`;
  const kind = spending === 'pocock' ? 'lan-demets-pocock' : 'lan-demets-obrien-fleming';
  const information = Array.from({ length: looks }, (_, look) => (look + 1) / looks);
  const design =
    designs.get(key) ?? groupSequentialDesign({ family: { kind }, information, alpha, sides: 2 });
  if (designs.size > 100) designs.clear();
  designs.set(key, design);
  return design;
}

function groupSequential(plan: GroupPlan, comparand: Comparand): Verdict {
  const method = `group_sequential_${plan.spending === 'pocock' ? 'pocock' : 'obf'}`;
  const look = lookOf(plan, comparand.units);
  const firstAt = Math.ceil(plan.maxUnits / plan.looks);
  if (look === 0) return { method, notEnough: `${comparand.units} of ${firstAt} units of the first look.` };
  const { effect } = comparand;
  if (effect === null) return { method, notEnough: nothingToTest(comparand) };
  const missing = missingEvidence(comparand, boundaryLimits);
  if (missing !== undefined) return { method, notEnough: missing };
  const bound = designOf(plan, comparand.comparisons).zBounds[look - 1]!;
  const half = bound * effect.standardError;
  const { difference, relative } = effect;
  return {
    method,
    crossed: Math.abs(effect.significance.statistic) >= bound,
    interval: { lower: difference - half, upper: difference + half },
    ...(relative === null
      ? {}
      : {
          upliftInterval: {
            lower: relative.estimate - bound * relative.standardError,
            upper: relative.estimate + bound * relative.standardError,
          },
        }),
  };
}

function fixed(maxUnits: number, comparand: Comparand): Verdict {
  const { effect, units } = comparand;
  if (effect === null) return { method: 'fixed', notEnough: nothingToTest(comparand) };
  const { method, interval, relative, significance } = effect;
  const upliftInterval = relative === null ? {} : { upliftInterval: relative };
  if (units < maxUnits)
    return { method, notEnough: `${units} of ${maxUnits} units: a fixed test has one look, at its end.` };
  return {
    method,
    interval,
    ...upliftInterval,
    pValue: significance.pTwoSided,
    logPValue: significance.logPTwoSided,
  };
}

function bayesian(comparand: Comparand): Verdict {
  const { effect, metric, level } = comparand;
  const method = 'bayes_normal';
  if (effect === null) return { method, notEnough: nothingToTest(comparand) };
  const sign = metric.direction === 'increase' ? 1 : -1;
  const posterior = normalPosterior(effect.difference, effect.standardError, null, level);
  const better = normalPosterior(sign * effect.difference, effect.standardError, null, level);
  return {
    method,
    interval: posterior.interval,
    ...(effect.relative === null ? {} : { upliftInterval: effect.relative }),
    chanceToWin: better.chanceToWin,
    expectedLoss: better.expectedLossOfTreatment,
  };
}
