// One metric over all partitions: takes the units of each in turn, and gives the statistics of every arm at the end. Bounded:
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
import type { EventWindow, PartitionReader, UnitTotals } from './unit-values.ts';

/** Which arm (of all groups) each unit of some partitions is in; -1 for units that do not count. */
export interface CountedUnits {
  readonly slots: Int32Array;
  readonly slotCount: number;
  readonly exposedMs: readonly number[];
  readonly dataUntilMs: number;
  /** Where each partition begins and ends. */
  readonly ranges: readonly (readonly [from: number, to: number])[];
}

/** What units did, as columns. */
interface Columns {
  readonly outcome: Float64Array;
  readonly hasEvent: Float64Array;
  readonly denominator?: Float64Array;
  readonly covariate?: Float64Array;
}

/** Statistics of one arm, as they grow. */
interface Sums {
  units: number;
  unitsWithEvents: number;
  statistics: UnitStatistics;
  reached: number[];
  readonly values: number[];
  readonly ends: number[];
}

/** Single values kept for a quantile: 32 MB. Later partitions are left out then: units are spread over them by hash. */
const keptValuesMax = 4_000_000;

/** Adds up one metric. */
export class MetricSums {
  readonly #metric: Metric;
  readonly #window: EventWindow;
  readonly #sums: Sums[] = [];
  #waiting: { readonly units: CountedUnits; readonly columns: Columns }[] = [];
  #keptValues = 0;

  constructor(metric: Metric, window: EventWindow) {
    this.#metric = metric;
    this.#window = window;
  }

  /** Takes some partitions. Call in their order. */
  async add(reader: PartitionReader, all: CountedUnits): Promise<void> {
    const units = this.#metric.type === 'retention' ? this.#matured(all) : all;
    if (this.#metric.type === 'funnel') return this.#addFunnel(reader, units);
    if (this.#metric.type === 'quantile') return this.#addValues(reader, units);
    const columns = await this.#columns(reader);
    // A bound that is a quantile of all units is known at the end only.
    if (this.#metric.winsorization?.upperQuantile === undefined) this.#addColumns(units, columns, undefined);
    else this.#waiting.push({ units, columns });
  }

  /** By slot. */
  finish(slotCount: number): readonly ArmMetric[] {
    const upper = this.#upperBound();
    for (const { units, columns } of this.#waiting) this.#addColumns(units, columns, upper);
    this.#waiting = [];
    const { type, quantile = 0.5 } = this.#metric;
    return Array.from({ length: slotCount }, (_, slot): ArmMetric => {
      const { units, unitsWithEvents, statistics, reached, values, ends } = this.#at(slot);
      return {
        units,
        unitsWithEvents,
        statistics,
        ...(type === 'funnel' ? { reached } : {}),
        ...(type === 'quantile' ? { quantile: quantileOfEvents(values, ends, quantile) } : {}),
      };
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

  async #columns(reader: PartitionReader): Promise<Columns> {
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

  #addColumns(units: CountedUnits, columns: Columns, upperQuantile: number | undefined): void {
    const { type, winsorization = {} } = this.#metric;
    const lower = winsorization.lower ?? -Infinity;
    const upper = Math.min(winsorization.upper ?? Infinity, upperQuantile ?? Infinity);
    const bound = (value: number): number => Math.min(upper, Math.max(lower, value));
    for (const { slot, ids } of bySlot(units)) {
      const counted = type === 'mean' ? ids.filter((id) => columns.hasEvent[id]! > 0) : ids;
      if (counted.length === 0) continue;
      const outcomes = counted.map((id) => bound(columns.outcome[id]!));
      const sums = this.#at(slot);
      sums.units += counted.length;
      sums.unitsWithEvents += counted.filter((id) => columns.hasEvent[id]! > 0).length;
      const pick = (column: Float64Array, map: (value: number) => number): readonly number[] =>
        counted.map((id) => map(column[id]!));
      sums.statistics = mergeStatistics(sums.statistics, {
        nonZero: outcomes.filter((value) => value !== 0).length,
        outcome: isShare(type) ? shareOf(outcomes) : momentsOf(outcomes),
        covariate: columns.covariate ? bivariateOf(outcomes, pick(columns.covariate, bound)) : emptyBivariate,
        ratio: columns.denominator
          ? bivariateOf(
              outcomes,
              pick(columns.denominator, (value) => value),
            )
          : emptyBivariate,
      });
    }
  }

  /** A unit that did all steps converted. */
  async #addFunnel(reader: PartitionReader, units: CountedUnits): Promise<void> {
    const steps = this.#metric.steps ?? [];
    const done = await reader.steps(steps, this.#window);
    for (const { slot, ids } of bySlot(units)) {
      const sums = this.#at(slot);
      const converted = ids.filter((id) => done[id] === steps.length).length;
      sums.units += ids.length;
      sums.unitsWithEvents += ids.filter((id) => done[id]! > 0).length;
      sums.reached = steps.map(
        (_, step) => (sums.reached[step] ?? 0) + ids.filter((id) => done[id]! > step).length,
      );
      sums.statistics = mergeStatistics(sums.statistics, {
        ...emptyStatistics,
        nonZero: converted,
        outcome: momentsOfCounts(converted, ids.length),
      });
    }
  }

  async #addValues(reader: PartitionReader, units: CountedUnits): Promise<void> {
    if (this.#keptValues > keptValuesMax) return;
    const { ids, values } = await reader.values(this.#metric.selection!, this.#window);
    this.#keptValues += values.length;
    let previous = -1;
    for (const [row, id] of ids.entries()) {
      const slot = units.slots[id]!;
      if (slot < 0) continue;
      const sums = this.#at(slot);
      sums.values.push(values[row]!);
      if (id === previous) sums.ends[sums.ends.length - 1] = sums.values.length;
      else sums.ends.push(sums.values.length);
      previous = id;
      sums.units = sums.ends.length;
      sums.unitsWithEvents = sums.units;
    }
  }

  /** The quantile over all units with a value, whatever their variant. */
  #upperBound(): number | undefined {
    const share = this.#metric.winsorization?.upperQuantile;
    if (share === undefined) return undefined;
    const values: number[] = [];
    for (const { units, columns } of this.#waiting)
      for (const [id, slot] of units.slots.entries())
        if (slot >= 0 && columns.hasEvent[id]! > 0) values.push(columns.outcome[id]!);
    return values.length === 0 ? undefined : sampleQuantile(sorted(values), share);
  }

  #at(slot: number): Sums {
    this.#sums[slot] ??= {
      units: 0,
      unitsWithEvents: 0,
      statistics: emptyStatistics,
      reached: (this.#metric.steps ?? []).map(() => 0),
      values: [],
      ends: [],
    };
    return this.#sums[slot];
  }
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

/** Units by partition and slot, in their order: statistics are merged partition by partition, however many were read. */
function* bySlot({
  slots,
  slotCount,
  ranges,
}: CountedUnits): Iterable<{ readonly slot: number; readonly ids: readonly number[] }> {
  for (const [from, to] of ranges) {
    const ids: number[][] = Array.from({ length: slotCount }, () => []);
    for (let id = from; id < to; id += 1) if (slots[id]! >= 0) ids[slots[id]!]!.push(id);
    for (const [slot, own] of ids.entries()) if (own.length > 0) yield { slot, ids: own };
  }
}
