// Metrics, experiments and holdouts: documents of an environment, versioned like flags. Holds no logic.
import type { Expression } from './expression.ts';
import type { JsonObject } from './json.ts';
import type { ConfigPatch } from './configs.ts';
import type { OverlayTarget, Weight } from './documents.ts';

/** What is counted: a metric event's name, and a condition on its attributes. */
export interface EventSelection {
  /** The name given to `track()`. */
  readonly event: string;
  /** Over the event's attributes, as if they were a flat context. Left out: every event of the name. */
  readonly where?: Expression;
}

/**
 * A value of each unit, computed from the events after its first exposure.
 *
 * - `conversion`: 1 for units with at least one event, else 0.
 * - `count`: the number of events.
 * - `sum`: the sum of the events' values (revenue, time spent).
 * - `mean`: a sum, over units with at least one event only.
 * - `ratio`: sum or count of `numerator` by sum or count of `denominator`, compared by the delta method.
 * - `quantile`: a quantile of the single events' values, with units as clusters.
 * - `retention`: 1 for units with an event inside `window`, counted from the first exposure.
 * - `funnel`: the share of units that do all `steps` in this order.
 */
export type MetricType =
  'conversion' | 'count' | 'sum' | 'mean' | 'ratio' | 'quantile' | 'retention' | 'funnel';

/** Extreme values are pulled to a bound before anything is computed. */
export interface Winsorization {
  /** Bounds as values. */
  readonly lower?: number;
  readonly upper?: number;
  /** Upper bound as a quantile of all units with a value, 0.5 to 1, taken over all variants together. */
  readonly upperQuantile?: number;
}

export interface Metric {
  readonly type: MetricType;
  /** All types but `ratio` and `funnel`. */
  readonly selection?: EventSelection;
  /** `ratio` only. */
  readonly numerator?: RatioPart;
  readonly denominator?: RatioPart;
  /** `funnel` only: 2 to 20 of them. */
  readonly steps?: readonly EventSelection[];
  /** `quantile` only: between 0 and 1, e.g. 0.95. */
  readonly quantile?: number;
  /** `retention` only: hours after the first exposure, from (inclusive) to (exclusive). */
  readonly window?: { readonly fromHours: number; readonly toHours: number };
  /** Whether more of it is good. */
  readonly direction: 'increase' | 'decrease';
  /** The smallest relative effect that matters, e.g. 0.02 for 2 %. For power and for guardrails. */
  readonly minimumEffect?: number;
  /** Events count for so many hours after the first exposure. Left out: until the experiment's end. */
  readonly conversionWindowHours?: number;
  readonly winsorization?: Winsorization;
  /** Unit of the value, for people: "EUR", "ms". */
  readonly unit?: string;
  readonly description?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
}

export interface RatioPart extends EventSelection {
  readonly aggregate: 'count' | 'sum';
}

/** What a metric decides in an experiment. */
export interface ExperimentMetric {
  readonly key: string;
  /** `goal`: decides. `guardrail`: must not get worse by `margin`. `secondary`: is watched. */
  readonly role: 'goal' | 'guardrail' | 'secondary';
  /** Guardrails: how much worse (relative, e.g. 0.01) is still accepted. */
  readonly margin?: number;
}

/** How the experiment is analysed; fixed at its start. */
export type AnalysisPlan =
  /** Always-valid: may be looked at, and stopped, at any time. */
  | {
      readonly method: 'sequential';
      readonly alpha: number;
      /** Units (of all variants) at which the confidence sequence shall be tightest. */
      readonly tunedForUnits?: number;
    }
  /** Boundaries chosen before the start: `looks` equally spaced ones over `maxUnits` units of all variants. */
  | {
      readonly method: 'group_sequential';
      readonly alpha: number;
      readonly looks: number;
      readonly maxUnits: number;
      readonly spending: 'obrien_fleming' | 'pocock';
    }
  /** One look, when `maxUnits` have been exposed. */
  | { readonly method: 'fixed'; readonly alpha: number; readonly maxUnits: number }
  /** Chance to win and expected loss; never decides by itself. */
  | { readonly method: 'bayesian'; readonly credibility: number };

export type ExperimentState = 'draft' | 'running' | 'stopped' | 'decided';

/** An A/B/n test of a flag's variants, or of patches of a config. While it runs it is applied by the overlay `experiment:<key>`. */
export interface Experiment {
  readonly target: OverlayTarget;
  /** Which variants of the flag, or patches of the config, are compared, with weights. */
  readonly variants: readonly ExperimentVariant[];
  /** The variant the others are compared with. */
  readonly control: string;
  /** Share of the eligible units, in buckets of 100,000. May only grow while the experiment runs. */
  readonly allocation: number;
  /** Experiments of one layer never share a unit. The sum of their allocations is at most 100,000. */
  readonly layer?: string;
  /** Only contexts that fulfil it take part. */
  readonly eligibility?: Expression;
  /** Units in these holdouts take no part, beside those of holdouts that cover the experiment by their scope. */
  readonly holdouts?: readonly string[];
  /** The context kind whose key is the unit, `user` when left out. */
  readonly unit?: string;
  readonly metrics: readonly ExperimentMetric[];
  readonly plan: AnalysisPlan;
  readonly hypothesis?: string;
  /** Nothing is decided before. */
  readonly minimumHours?: number;
  /** `by_hand`: people decide. `automatic`: the goals and guardrails decide by the plan. */
  readonly decisionRule?: 'by_hand' | 'automatic';
  /** Left out of the analysis: units whose context fulfils it at exposure time are bots or our own people. */
  readonly exclude?: EventSelection['where'];
  /** Attributes of exposures by which results are broken down. */
  readonly segments?: readonly string[];
  /** The covariate of CUPED: the same metric before the first exposure, over so many hours. */
  readonly prePeriodHours?: number;
  readonly description?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
  /** Written by the server only. */
  readonly life?: ExperimentLife;
}

/** A variant of the flag by its name; of a config by the patch, none of which leaves the config as it is. */
export interface ExperimentVariant extends Weight {
  readonly patch?: ConfigPatch;
}

/** How far an experiment has come. Written by the server only; left out: a draft. */
export interface ExperimentLife {
  readonly state: ExperimentState;
  /** The buckets it holds in its layer. */
  readonly ranges?: readonly { readonly from: number; readonly to: number }[];
  /** Holdouts whose units take no part: those it names and those that covered it when it started. Left out: those it names. */
  readonly holdouts?: readonly string[];
  readonly startedAt?: string;
  readonly startedBy?: string;
  readonly stoppedAt?: string;
  readonly stoppedBy?: string;
  readonly stopReason?: string;
  readonly decision?: ExperimentDecision;
}

/** What came of an experiment, frozen with the numbers it was taken on. */
export interface ExperimentDecision {
  readonly at: string;
  readonly by: string;
  readonly outcome: 'ship' | 'roll_back' | 'inconclusive';
  /** With `ship`: the variant. */
  readonly variant?: string;
  readonly reasons: readonly string[];
  /** The results as they were: flags.v1.ExperimentResults as proto3 JSON. */
  readonly results?: JsonObject;
}

/**
 * Which experiments a holdout covers without being named: all of the environment, or those of a layer. What ran before the
 * holdout was there goes on as it was started.
 */
export type HoldoutScope =
  { readonly kind: 'environment' } | { readonly kind: 'layer'; readonly layer: string };

/**
 * Units that see no experiment that it covers or that names it: what all of them together change is read from these
 * units.
 */
export interface Holdout {
  /** Buckets of 100,000. Stays as it is while an experiment runs that leaves its units out. */
  readonly allocation: number;
  /** Left out: only experiments that name it. */
  readonly scope?: HoldoutScope;
  /** The context kind whose key is the unit. Left out: that of each experiment. */
  readonly unit?: string;
  /** Begins with "holdout:". Left out: "holdout:" and the holdout's key. */
  readonly salt?: string;
  readonly description?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
}
