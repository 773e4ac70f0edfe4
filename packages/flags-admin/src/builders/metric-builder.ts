// Metrics in the making: what is measured of each unit. Each type has a function of its own, so that what a type needs cannot
// be left out.
import type { EventSelection, Expression, Metric, MetricType, RatioPart } from '@org/contract/model';
import type { StoredDocument } from '../model.ts';
import { Draft } from './draft.ts';

/** The name of an event, or a selection with a condition on its attributes. */
export type EventOf = string | EventSelection;

/** A metric in the making. */
export class MetricBuilder extends Draft<'metric', MetricBuilder> {
  readonly kind = 'metric';

  /** @internal */
  constructor(key: string, document: Metric, expectedRevision?: number) {
    super(key, document, expectedRevision);
  }

  protected override make(document: Metric, expectedRevision: number | undefined): MetricBuilder {
    return new MetricBuilder(this.key, document, expectedRevision);
  }

  /** Less of it is good: errors, latency. */
  lowerIsBetter(): MetricBuilder {
    return this.with({ direction: 'decrease' });
  }

  /** More of it is good, as it is when nothing is said. */
  higherIsBetter(): MetricBuilder {
    return this.with({ direction: 'increase' });
  }

  /** The smallest relative effect that matters, e.g. 0.02 for 2 %. */
  minimumEffect(relative: number | undefined): MetricBuilder {
    return this.with({ minimumEffect: relative });
  }

  /** Events count for so many hours after the first exposure. Undefined: until the experiment's end. */
  within(hours: number | undefined): MetricBuilder {
    return this.with({ conversionWindowHours: hours });
  }

  /** Pulls extreme values to a bound: `{ upperQuantile: 0.999 }`, `{ lower: 0, upper: 500 }`. */
  winsorize(bounds: Metric['winsorization']): MetricBuilder {
    return this.with({ winsorization: bounds });
  }

  /** Of the value, for people: "EUR", "ms". */
  unit(unit: string | undefined): MetricBuilder {
    return this.with({ unit });
  }

  describe(description: string): MetricBuilder {
    return this.with({ description });
  }

  owner(owner: string): MetricBuilder {
    return this.with({ owner });
  }

  /** All of its tags. */
  tags(...tags: readonly string[]): MetricBuilder {
    return this.with({ tags });
  }
}

/** Events of a name, of which some: `events('view', attribute('page').equals('cart'))`. */
export const events = (event: string, where?: Expression): EventSelection => ({
  event,
  ...(where === undefined ? {} : { where }),
});

const selectionOf = (of: EventOf): EventSelection => (typeof of === 'string' ? { event: of } : of);

const build = (key: string, type: MetricType, members: Partial<Metric>): MetricBuilder =>
  new MetricBuilder(key, { type, ...members, direction: 'increase' });

const part = (of: EventOf, aggregate: RatioPart['aggregate']): RatioPart => ({
  ...selectionOf(of),
  aggregate,
});

/** A part of a ratio. */
export const countOf = (of: EventOf): RatioPart => part(of, 'count');
export const sumOf = (of: EventOf): RatioPart => part(of, 'sum');

/** A function for each type of metric. */
export const metric = {
  /** Units with at least one such event, of all. */
  conversion: (key: string, of: EventOf): MetricBuilder =>
    build(key, 'conversion', { selection: selectionOf(of) }),
  /** Events of a unit. */
  count: (key: string, of: EventOf): MetricBuilder => build(key, 'count', { selection: selectionOf(of) }),
  /** The sum of a unit's values: revenue, time spent. */
  sum: (key: string, of: EventOf): MetricBuilder => build(key, 'sum', { selection: selectionOf(of) }),
  /** The sum of a unit's values, over units with such an event alone. */
  mean: (key: string, of: EventOf): MetricBuilder => build(key, 'mean', { selection: selectionOf(of) }),
  /** One total by another: `metric.ratio('clicks-per-view', countOf('click'), countOf('view'))`. */
  ratio: (key: string, numerator: RatioPart, denominator: RatioPart): MetricBuilder =>
    build(key, 'ratio', { numerator, denominator }),
  /** A quantile of the events' values, e.g. 0.95 of a latency. */
  quantile: (key: string, of: EventOf, quantile: number): MetricBuilder =>
    build(key, 'quantile', { selection: selectionOf(of), quantile }),
  /** Units with an event from so many hours after their first exposure, to so many. */
  retention: (key: string, of: EventOf, fromHours: number, toHours: number): MetricBuilder =>
    build(key, 'retention', { selection: selectionOf(of), window: { fromHours, toHours } }),
  /** Units that do all steps in this order. */
  funnel: (key: string, ...steps: readonly EventOf[]): MetricBuilder =>
    build(key, 'funnel', { steps: steps.map(selectionOf) }),
} as const;

/** Goes on from a metric as it is stored; its commit is refused when somebody changed it meanwhile. */
export const editMetric = ({ key, document, revision }: StoredDocument<'metric'>): MetricBuilder =>
  new MetricBuilder(key, document, revision);
