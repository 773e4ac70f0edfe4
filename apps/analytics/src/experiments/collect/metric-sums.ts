// One metric over all partitions: what each of them adds, and the statistics of every arm when all were added up. Bounded:
// only metrics that need a quantile over all units keep values, and those up to a limit.
import {
  bivariateOf,
  emptyBivariate,
  emptyStatistics,
  mergeStatistics,
  momentsOf,
  momentsOfCounts,
  sampleQuantile,
  sorted,
  type UnitStatistics,
} from '@org/stats';
import type { Metric } from '@org/contract/model';
import { quantileOfEvents } from './quantile-of-events.ts';
import type { ArmMetric } from './request.ts';
import type { EventWindow, UnitReader, UnitTotals } from './unit-values.ts';

/** One partition among the units that were loaded. */
export interface PartUnits {
  readonly part: number;
  /** Its units are those from here on, up to `to`. */
  readonly from: number;
  readonly to: number;
  /** Arms of its groups: group by group, variant by variant. */
  readonly slotCount: number;
}

/** Which arm each unit of some partitions is in, numbered by partition; -1 for units that do not count. */
export interface CountedUnits {
  readonly slots: Int32Array;
  readonly exposedMs: readonly number[];
  readonly dataUntilMs: number;
  /** In their order. */
  readonly parts: readonly PartUnits[];
}

/** What units did, as columns. */
interface Columns {
  readonly outcome: Float64Array;
  readonly hasEvent: Float64Array;
  readonly denominator?: Float64Array;
  readonly covariate?: Float64Array;
}

/** What one arm of one partition adds. */
export interface ArmShare {
  readonly units: number;
  readonly unitsWithEvents: number;
  readonly statistics: UnitStatistics;
  readonly reached: readonly number[];
  readonly values: readonly number[];
  readonly ends: readonly number[];
}

/** One metric in one partition. Plain data: it travels between processes. */
export interface MetricShare {
  /** By the partition's slot; undefined where there is nothing to add. */
  readonly arms: readonly (ArmShare | undefined)[];
  /** Where a bound is known only when all units are: what they did, still to be summed up. */
  readonly waiting?: { readonly slots: Int32Array; readonly slotCount: number; readonly columns: Columns };
}

const noShare: ArmShare = {
  ...{ units: 0, unitsWithEvents: 0, statistics: emptyStatistics },
  ...{ reached: [], values: [], ends: [] },
};

/** Single values kept for a quantile: 32 MB. Later partitions are left out then: units are spread over them by hash. */
const keptValuesMax = 4_000_000;

/** Takes one metric from the tables of some partitions at a time: what each of them adds, by partition. */
export class MetricShares {
  readonly #metric: Metric;
  readonly #window: EventWindow;
  #keptValues = 0;

  constructor(metric: Metric, window: EventWindow) {
    this.#metric = metric;
    this.#window = window;
  }

  /** Shares in the order of the units' partitions. Call in their order. */
  async take(reader: UnitReader, all: CountedUnits): Promise<readonly MetricShare[]> {
    const { type, winsorization } = this.#metric;
    const units = type === 'retention' ? this.#matured(all) : all;
    if (type === 'funnel') return this.#takeFunnel(reader, units);
    if (type === 'quantile') return this.#takeValues(reader, units);
    const columns = await this.#columns(reader);
    return units.parts.map((part): MetricShare => {
      const { from, to, slotCount } = part;
      if (winsorization?.upperQuantile === undefined)
        return { arms: armsOfColumns(this.#metric, units.slots, part, columns, undefined) };
      const cut = (column: Float64Array): Float64Array => column.slice(from, to);
      const { outcome, hasEvent, denominator, covariate } = columns;
      const own = {
        ...{ outcome: cut(outcome), hasEvent: cut(hasEvent) },
        ...(denominator && { denominator: cut(denominator) }),
        ...(covariate && { covariate: cut(covariate) }),
      };
      return { arms: [], waiting: { slots: units.slots.slice(from, to), slotCount, columns: own } };
    });
  }

  /** Units whose window is over. */
  #matured(units: CountedUnits): CountedUnits {
    const { toMs = 0 } = this.#window;
    const { exposedMs, dataUntilMs } = units;
    return {
      ...units,
      slots: units.slots.map((slot, id) => (exposedMs[id]! + toMs <= dataUntilMs ? slot : -1)),
    };
  }

  async #columns(reader: UnitReader): Promise<Columns> {
    const { type, selection, numerator, denominator } = this.#metric;
    if (type === 'ratio') {
      const above = await reader.totals(numerator!, this.#window);
      const below = await reader.totals(denominator!, this.#window);
      return {
        outcome: numerator!.aggregate === 'sum' ? above.sums : above.counts,
        denominator: denominator!.aggregate === 'sum' ? below.sums : below.counts,
        hasEvent: below.counts,
      };
    }
    const totals = await reader.totals(selection!, this.#window);
    const columns = { outcome: outcomeOf(type, totals), hasEvent: totals.counts };
    return this.#window.beforeMs === 0 ? columns : { ...columns, covariate: covariateOf(type, totals) };
  }

  /** A unit that did all steps converted. */
  async #takeFunnel(reader: UnitReader, units: CountedUnits): Promise<readonly MetricShare[]> {
    const steps = this.#metric.steps ?? [];
    const done = await reader.steps(steps, this.#window);
    return units.parts.map((part) => ({
      arms: bySlot(units.slots, part).map((ids): ArmShare | undefined => {
        if (ids.length === 0) return undefined;
        const converted = ids.filter((id) => done[id] === steps.length).length;
        const outcome = momentsOfCounts(converted, ids.length);
        return {
          ...noShare,
          units: ids.length,
          unitsWithEvents: ids.filter((id) => done[id]! > 0).length,
          reached: steps.map((_, step) => ids.filter((id) => done[id]! > step).length),
          statistics: { ...emptyStatistics, nonZero: converted, outcome },
        };
      }),
    }));
  }

  async #takeValues(reader: UnitReader, units: CountedUnits): Promise<readonly MetricShare[]> {
    if (this.#keptValues > keptValuesMax) return units.parts.map(() => ({ arms: [] }));
    const { ids, values } = await reader.values(this.#metric.selection!, this.#window);
    this.#keptValues += values.length;
    let row = 0;
    return units.parts.map(({ to, slotCount }) => {
      const arms = Array.from({ length: slotCount }, () => ({
        values: [] as number[],
        ends: [] as number[],
      }));
      for (let previous = -1; row < ids.length && ids[row]! < to; row += 1) {
        const id = ids[row]!;
        const arm = arms[units.slots[id]!];
        if (arm === undefined) continue;
        arm.values.push(values[row]!);
        if (id === previous) arm.ends[arm.ends.length - 1] = arm.values.length;
        else arm.ends.push(arm.values.length);
        previous = id;
      }
      return {
        arms: arms.map((arm) => ({
          ...noShare,
          ...arm,
          units: arm.ends.length,
          unitsWithEvents: arm.ends.length,
        })),
      };
    });
  }
}

/** Adds up what the partitions hold of one metric. Take them in their order: sums have the same bits then. */
export class MetricSums {
  readonly #metric: Metric;
  readonly #sums: ArmShare[] = [];
  readonly #waiting: (Required<MetricShare>['waiting'] & { readonly slotOf: readonly number[] })[] = [];
  #keptValues = 0;

  constructor(metric: Metric) {
    this.#metric = metric;
  }

  /** `slotOf`: where each slot of the partition is added. */
  add({ arms, waiting }: MetricShare, slotOf: readonly number[]): void {
    if (waiting !== undefined) this.#waiting.push({ ...waiting, slotOf });
    if (this.#metric.type === 'quantile' && this.#keptValues > keptValuesMax) return;
    for (const [own, share] of arms.entries()) {
      if (share === undefined) continue;
      const slot = slotOf[own]!;
      this.#sums[slot] = merged(this.#sums[slot], share);
      this.#keptValues += share.values.length;
    }
  }

  /** By slot. */
  finish(slotCount: number): readonly ArmMetric[] {
    const { type, quantile = 0.5, steps = [] } = this.#metric;
    const upper = this.#upperBound();
    for (const { slots, slotCount: own, columns, slotOf } of this.#waiting.splice(0)) {
      const part = { part: 0, from: 0, to: slots.length, slotCount: own };
      this.add({ arms: armsOfColumns(this.#metric, slots, part, columns, upper) }, slotOf);
    }
    return Array.from({ length: slotCount }, (_, slot): ArmMetric => {
      const { units, unitsWithEvents, statistics, reached, values, ends } = this.#sums[slot] ?? noShare;
      return {
        units,
        unitsWithEvents,
        statistics,
        ...(type === 'funnel' ? { reached: steps.map((_step, index) => reached[index] ?? 0) } : {}),
        ...(type === 'quantile' ? { quantile: quantileOfEvents(values, ends, quantile) } : {}),
      };
    });
  }

  /** The quantile over all units with a value, whatever their variant. */
  #upperBound(): number | undefined {
    const share = this.#metric.winsorization?.upperQuantile;
    if (share === undefined) return undefined;
    const values: number[] = [];
    for (const { slots, columns } of this.#waiting)
      for (const [id, slot] of slots.entries())
        if (slot >= 0 && columns.hasEvent[id]! > 0) values.push(columns.outcome[id]!);
    return values.length === 0 ? undefined : sampleQuantile(sorted(values), share);
  }
}

function merged(sums: ArmShare = noShare, share: ArmShare): ArmShare {
  const { values, reached } = sums;
  // Lists grow in place: there may be millions.
  const ownValues = values.length === 0 ? [...share.values] : (values as number[]);
  const ownEnds = values.length === 0 ? [...share.ends] : (sums.ends as number[]);
  if (values.length > 0) {
    const before = values.length;
    for (const value of share.values) ownValues.push(value);
    for (const end of share.ends) ownEnds.push(before + end);
  }
  return {
    units: sums.units + share.units,
    unitsWithEvents: sums.unitsWithEvents + share.unitsWithEvents,
    statistics: mergeStatistics(sums.statistics, share.statistics),
    reached:
      reached.length === 0 ? share.reached : reached.map((count, step) => count + share.reached[step]!),
    values: ownValues,
    ends: ownEnds,
  };
}

/** What the arms of one partition add, by slot. */
function armsOfColumns(
  { type, winsorization = {} }: Metric,
  slots: Int32Array,
  part: PartUnits,
  columns: Columns,
  upperQuantile: number | undefined,
): readonly (ArmShare | undefined)[] {
  const lower = winsorization.lower ?? -Infinity;
  const upper = Math.min(winsorization.upper ?? Infinity, upperQuantile ?? Infinity);
  const bound = (value: number): number => Math.min(upper, Math.max(lower, value));
  return bySlot(slots, part).map((ids) => {
    const counted = type === 'mean' ? ids.filter((id) => columns.hasEvent[id]! > 0) : ids;
    if (counted.length === 0) return undefined;
    const outcomes = counted.map((id) => bound(columns.outcome[id]!));
    const pick = (column: Float64Array, map: (value: number) => number): readonly number[] =>
      counted.map((id) => map(column[id]!));
    const { covariate, denominator, hasEvent } = columns;
    return {
      ...noShare,
      units: counted.length,
      unitsWithEvents: counted.filter((id) => hasEvent[id]! > 0).length,
      statistics: {
        nonZero: outcomes.filter((value) => value !== 0).length,
        outcome: isShare(type) ? shareOf(outcomes) : momentsOf(outcomes),
        covariate: covariate ? bivariateOf(outcomes, pick(covariate, bound)) : emptyBivariate,
        ratio: denominator
          ? bivariateOf(
              outcomes,
              pick(denominator, (value) => value),
            )
          : emptyBivariate,
      },
    };
  });
}

/** Metrics whose outcome is 0 or 1. */
export const isShare = (type: Metric['type']): boolean =>
  type === 'conversion' || type === 'retention' || type === 'funnel';

function outcomeOf(type: Metric['type'], { counts, sums }: UnitTotals): Float64Array {
  if (isShare(type)) return counts.map((count) => Math.min(1, count));
  return type === 'count' ? counts : sums;
}

function covariateOf(type: Metric['type'], { countsBefore, sumsBefore }: UnitTotals): Float64Array {
  return outcomeOf(type, { counts: countsBefore, sums: sumsBefore, countsBefore, sumsBefore });
}

const shareOf = (outcomes: readonly number[]) =>
  momentsOfCounts(outcomes.filter((value) => value === 1).length, outcomes.length);

/** Units of one partition by slot, in their order. */
function bySlot(slots: Int32Array, { from, to, slotCount }: PartUnits): readonly (readonly number[])[] {
  const ids: number[][] = Array.from({ length: slotCount }, () => []);
  for (let id = from; id < to; id += 1) if (slots[id]! >= 0) ids[slots[id]!]!.push(id);
  return ids;
}
