// What units had done by one moment after the other: events are read once, and taken in as time goes on. At each moment it
// answers what a reader of the events up to then would, in the same order and so with the same bits.
import type { EventSelection } from '@org/contract/model';
import type { EventWindow, PartitionReader, Timeline, UnitReader, UnitTotals } from './unit-values.ts';

/** Steps that units did, in the order of time. */
interface Walk {
  readonly rows: readonly { readonly id: number; readonly step: number; readonly timeMs: number }[];
  readonly done: Uint8Array;
  next: number;
}

/** Totals so far. What it answers with changes when time goes on. */
class RunningTotals {
  readonly #timeline: Timeline;
  readonly #totals: UnitTotals;
  #next = 0;

  constructor(timeline: Timeline, units: number) {
    this.#timeline = timeline;
    const column = (): Float64Array => new Float64Array(units);
    this.#totals = { counts: column(), sums: column(), countsBefore: column(), sumsBefore: column() };
  }

  until(untilMs: number): UnitTotals {
    const { ids, times, values, after } = this.#timeline;
    const { counts, sums, countsBefore, sumsBefore } = this.#totals;
    for (; this.#next < ids.length && times[this.#next]! <= untilMs; this.#next += 1) {
      const row = this.#next;
      const [ownCounts, ownSums] = after[row] === 1 ? [counts, sums] : [countsBefore, sumsBefore];
      ownCounts[ids[row]!]! += 1;
      ownSums[ids[row]!]! += values[row] ?? 0;
    }
    return this.#totals;
  }
}

/** Values in the order of units, with their times. */
interface TimedValues {
  readonly ids: readonly number[];
  readonly values: readonly number[];
  readonly times: readonly number[];
}

/** Reads as of `goTo`. */
export class PastReader implements UnitReader {
  readonly #reader: PartitionReader;
  readonly #units: number;
  readonly #timelines = new Map<string, Promise<Timeline>>();
  readonly #totals = new Map<string, RunningTotals>();
  readonly #values = new Map<string, TimedValues>();
  readonly #walks = new Map<string, Promise<Walk>>();
  #untilMs = -Infinity;

  constructor(reader: PartitionReader, units: number) {
    this.#reader = reader;
    this.#units = units;
  }

  /** Later than ever before. What was answered before is no longer to be used. */
  goTo(untilMs: number): void {
    this.#untilMs = untilMs;
  }

  async totals(selection: EventSelection, window: EventWindow): Promise<UnitTotals> {
    const key = JSON.stringify([selection.event, selection.where ?? null, window]);
    const timeline = await this.#timeline(key, selection, window);
    const running = this.#totals.get(key) ?? new RunningTotals(timeline, this.#units);
    this.#totals.set(key, running);
    return running.until(this.#untilMs);
  }

  async values(selection: EventSelection, window: EventWindow): ReturnType<UnitReader['values']> {
    const key = JSON.stringify([selection.event, selection.where ?? null, window]);
    const timed = this.#values.get(key) ?? valuesOf(await this.#timeline(key, selection, window));
    this.#values.set(key, timed);
    const isThere = (_: number, row: number): boolean => timed.times[row]! <= this.#untilMs;
    return { ids: timed.ids.filter(isThere), values: timed.values.filter(isThere) };
  }

  async steps(steps: readonly EventSelection[], window: EventWindow): Promise<Uint8Array> {
    const key = JSON.stringify([steps, window]);
    const reading = this.#walks.get(key) ?? this.#readWalk(steps, window);
    this.#walks.set(key, reading);
    const walk = await reading;
    const { rows, done } = walk;
    for (; walk.next < rows.length && rows[walk.next]!.timeMs <= this.#untilMs; walk.next += 1) {
      const { id, step } = rows[walk.next]!;
      if (step === done[id]) done[id] += 1;
    }
    return done;
  }

  #timeline(key: string, selection: EventSelection, window: EventWindow): Promise<Timeline> {
    const known = this.#timelines.get(key) ?? this.#reader.timeline(selection, window);
    this.#timelines.set(key, known);
    return known;
  }

  async #readWalk(steps: readonly EventSelection[], window: EventWindow): Promise<Walk> {
    const rows: { readonly id: number; readonly step: number; readonly timeMs: number }[] = [];
    await this.#reader.stepEvents(steps, window, (id, step, timeMs) => rows.push({ id, step, timeMs }));
    // Sorting is stable: events of one unit stay in their order.
    rows.sort((left, right) => left.timeMs - right.timeMs);
    return { rows, done: new Uint8Array(this.#units), next: 0 };
  }
}

function valuesOf({ ids, values, times, after }: Timeline): TimedValues {
  const rows = [...ids.keys()].filter((row) => after[row] === 1 && values[row] !== null);
  rows.sort((left, right) => ids[left]! - ids[right]! || values[left]! - values[right]!);
  return {
    ids: rows.map((row) => ids[row]!),
    values: rows.map((row) => values[row]!),
    times: rows.map((row) => times[row]!),
  };
}
