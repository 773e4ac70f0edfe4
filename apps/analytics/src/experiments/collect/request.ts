// What is asked of the raw events, and what comes of it: sufficient statistics of an experiment's arms. Types only.
import type { UnitStatistics } from '@org/stats';
import type { Experiment, Metric } from '@org/contract/model';

/** How units are told apart beside their variant. */
export type Grouping =
  | { readonly by: 'nothing' }
  /** By the value an attribute had at the first exposure. */
  | { readonly by: 'attribute'; readonly attribute: string }
  /** By when the first exposure was, in buckets of Unix time. */
  | { readonly by: 'first_exposure'; readonly bucketMs: number };

/** A metric with its key. */
export interface KeyedMetric {
  readonly key: string;
  readonly metric: Metric;
}

export interface CollectRequest {
  readonly environmentId: string;
  readonly experimentKey: string;
  readonly experiment: Experiment;
  readonly metrics: readonly KeyedMetric[];
  readonly grouping: Grouping;
  /** Events after it count as if they had not come yet. */
  readonly untilMs?: number;
  /** Only the units exposed first, so many: what a planned look looks at. */
  readonly unitsMax?: number;
}

/** A quantile of events with units as clusters. */
export interface QuantileOfEvents {
  readonly value: number;
  readonly standardError: number;
  readonly lower: number;
  readonly upper: number;
}

/** One metric in one arm. */
export interface ArmMetric {
  /** Units that count: all, or for `mean` and `quantile` those with events, for `retention` those whose window is over. */
  readonly units: number;
  readonly unitsWithEvents: number;
  readonly statistics: UnitStatistics;
  /** `funnel`: units that came to each step. */
  readonly reached?: readonly number[];
  /** `quantile`: undefined where there are too few events. */
  readonly quantile?: QuantileOfEvents | undefined;
}

/** The units of one variant. */
export interface Arm {
  readonly units: number;
  /** In the order of the request. */
  readonly metrics: readonly ArmMetric[];
}

/** Arms in the order of the experiment's variants. */
export interface Group {
  readonly value: string;
  readonly arms: readonly Arm[];
}

/** Units that are left out, by the first reason that applies. */
export interface ExcludedUnits {
  /** Individually targeted, even once. */
  readonly targeted: number;
  /** Overridden, even once. */
  readonly overridden: number;
  /** The experiment's `exclude` held at the first exposure. */
  readonly condition: number;
}

/** Everything of one moment of the database. */
export interface Collected {
  /** By value; one with the empty value when units are not told apart. */
  readonly groups: readonly Group[];
  readonly crossedUnits: number;
  readonly excluded: ExcludedUnits;
  /** Events whose value no statistic can be made of: NaN, infinite, beyond 1e60. Counted as events, without a value. */
  readonly unusableValues: number;
  /** Of the newest event of the environment; undefined without events. */
  readonly dataUntilMs: number | undefined;
}
