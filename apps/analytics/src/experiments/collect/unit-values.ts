// What each unit did: counts and sums of events, single values, steps of funnels. Sums are taken in an order
// that the events themselves give (time, then value), so that they have the same bits however the data came in.
import type { DuckDBConnection } from '@duckdb/node-api';
import type { EventSelection, Metric } from '@org/contract/model';
import { createFilter } from './filter.ts';
import { literal, numbersOf, numeral, relationOf, textsOf } from './sql.ts';

/** Counts and sums of the selected events, by unit. */
export interface UnitTotals {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  /** The same from before the first exposure. */
  readonly countsBefore: Float64Array;
  readonly sumsBefore: Float64Array;
}

/** Which events after the first exposure count, by hours; and how many hours before it. */
export interface EventWindow {
  readonly fromMs: number;
  /** Undefined: as long as events come. */
  readonly toMs: number | undefined;
  /** No event after this moment counts. */
  readonly endMs: number | undefined;
  readonly beforeMs: number;
}

const hourMs = 3_600_000;

/** The window of a metric. Conversion windows go on after the experiment's end; without one, its end is theirs. */
export function windowOf(
  { conversionWindowHours, window, type }: Metric,
  { stoppedMs, prePeriodHours = 0 }: { stoppedMs: number | undefined; prePeriodHours?: number | undefined },
): EventWindow {
  const beforeMs = prePeriodHours * hourMs;
  if (type === 'retention' && window !== undefined)
    return { fromMs: window.fromHours * hourMs, toMs: window.toHours * hourMs, endMs: undefined, beforeMs };
  if (conversionWindowHours === undefined) return { fromMs: 0, toMs: undefined, endMs: stoppedMs, beforeMs };
  return { fromMs: 0, toMs: conversionWindowHours * hourMs, endMs: undefined, beforeMs };
}

/** What units did, as metrics ask for it. */
export interface UnitReader {
  /** Totals by unit. */
  totals(selection: EventSelection, window: EventWindow): Promise<UnitTotals>;
  /** Single values with their units, ordered by unit and value. */
  values(
    selection: EventSelection,
    window: EventWindow,
  ): Promise<{ readonly ids: readonly number[]; readonly values: readonly number[] }>;
  /** How many steps each unit did, in their order. */
  steps(steps: readonly EventSelection[], window: EventWindow): Promise<Uint8Array>;
}

/** Single events of units in the order of time and value. */
export interface Timeline {
  readonly ids: readonly number[];
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
  /** 1 for events after the first exposure, 0 for those before it. */
  readonly after: readonly number[];
}

/** Reads the tables of some partitions. */
export class PartitionReader implements UnitReader {
  readonly #connection: DuckDBConnection;
  readonly #units: number;
  readonly #totals = new Map<string, Promise<UnitTotals>>();
  readonly #conditions = new Map<string, Promise<string>>();

  constructor(connection: DuckDBConnection, units: number) {
    this.#connection = connection;
    this.#units = units;
  }

  /** Totals by unit; metrics with the same events share them. */
  totals(selection: EventSelection, window: EventWindow): Promise<UnitTotals> {
    const key = JSON.stringify([selection.event, selection.where ?? null, window]);
    const known = this.#totals.get(key) ?? this.#readTotals(selection, window);
    this.#totals.set(key, known);
    return known;
  }

  /** Single values with their units, ordered by unit and value. */
  async values(
    selection: EventSelection,
    window: EventWindow,
  ): Promise<{ readonly ids: readonly number[]; readonly values: readonly number[] }> {
    const [ids = [], values = []] = await numbersOf(
      this.#connection,
      `SELECT a.id, e.value FROM assigned a JOIN events e ON e.u = a.u
       WHERE e.value IS NOT NULL AND ${await this.#condition(selection)} AND ${after(window)} ORDER BY 1, 2`,
    );
    return { ids, values };
  }

  /** Everything that totals and values are made of. */
  async timeline(selection: EventSelection, window: EventWindow): Promise<Timeline> {
    const [ids = [], times = [], values = [], after = []] = await numbersOf(
      this.#connection,
      `SELECT id, time_ms, value, is_after::INTEGER FROM ${await this.#selected(selection, window)} ORDER BY time_ms, value, id`,
    );
    return { ids, times, values, after };
  }

  /** Visits events that are steps, by unit and in the order of time. */
  async stepEvents(
    steps: readonly EventSelection[],
    window: EventWindow,
    visit: (id: number, step: number, timeMs: number) => void,
  ): Promise<void> {
    const cases: string[] = [];
    for (const [index, step] of steps.entries())
      cases.push(
        `SELECT a.id AS id, ${index}::INTEGER AS step, e.time_ms AS t, e.rowid AS r FROM assigned a JOIN events e ON e.u = a.u
         WHERE ${await this.#condition(step)} AND ${after(window)}`,
      );
    // An event that is several steps comes with the last one first, so that it is no more than one of them.
    const [ids = [], indices = [], times = []] = await numbersOf(
      this.#connection,
      `SELECT id, step, t FROM (${cases.join(' UNION ALL ')})
       ORDER BY id, t, min(step) OVER (PARTITION BY r), r, step DESC`,
    );
    for (let row = 0; row < ids.length; row += 1) visit(ids[row]!, indices[row]!, times[row]!);
  }

  /** How many steps each unit did, in their order. */
  async steps(steps: readonly EventSelection[], window: EventWindow): Promise<Uint8Array> {
    const done = new Uint8Array(this.#units);
    await this.stepEvents(steps, window, (id, step) => {
      if (step === done[id]) done[id] += 1;
    });
    return done;
  }

  /** Sorted once and added up here: an aggregate with an order of its own sorts each unit by itself. */
  async #readTotals(selection: EventSelection, window: EventWindow): Promise<UnitTotals> {
    const [ids = [], values = [], after = []] = await numbersOf(
      this.#connection,
      `SELECT id, value, is_after::INTEGER FROM ${await this.#selected(selection, window)} ORDER BY id, time_ms, value`,
    );
    const column = (): Float64Array => new Float64Array(this.#units);
    const totals = { counts: column(), sums: column(), countsBefore: column(), sumsBefore: column() };
    for (let row = 0; row < ids.length; row += 1) {
      const id = ids[row]!;
      const isAfter = after[row] === 1;
      (isAfter ? totals.counts : totals.countsBefore)[id]! += 1;
      // Without a value it counts, and adds nothing.
      (isAfter ? totals.sums : totals.sumsBefore)[id]! += values[row] ?? 0;
    }
    return totals;
  }

  /** The selected events of units, after and before their first exposure. */
  async #selected(selection: EventSelection, window: EventWindow): Promise<string> {
    const before =
      window.beforeMs === 0
        ? 'false'
        : `e.time_ms < a.t0 AND e.time_ms >= a.t0 - ${numeral(window.beforeMs)}`;
    return `(SELECT * FROM (SELECT a.id, e.value, e.time_ms, ${after(window)} AS is_after, ${before} AS is_before
         FROM assigned a JOIN events e ON e.u = a.u WHERE ${await this.#condition(selection)})
       WHERE is_after OR is_before)`;
  }

  /** SQL that holds for the selected events. */
  #condition(selection: EventSelection): Promise<string> {
    const key = JSON.stringify(selection);
    const known = this.#conditions.get(key) ?? this.#readCondition(selection);
    this.#conditions.set(key, known);
    return known;
  }

  async #readCondition({ event, where }: EventSelection): Promise<string> {
    const named = `e.name = ${literal(event)}`;
    if (where === undefined) return named;
    const fulfils = createFilter(where);
    const texts = await textsOf(
      this.#connection,
      `SELECT DISTINCT attributes FROM events e WHERE ${named} ORDER BY 1`,
    );
    const matching = texts.filter((text): text is string => text !== null && fulfils(text));
    const ofNone = texts.includes(null) && fulfils(null) ? 'e.attributes IS NULL OR ' : '';
    return `${named} AND (${ofNone}e.attributes IN (SELECT text FROM ${relationOf(matching)}))`;
  }
}

function after({ fromMs, toMs, endMs }: EventWindow): string {
  const rules = [`e.time_ms >= a.t0 + ${numeral(fromMs)}`];
  if (toMs !== undefined) rules.push(`e.time_ms < a.t0 + ${numeral(toMs)}`);
  if (endMs !== undefined) rules.push(`e.time_ms <= ${numeral(endMs)}`);
  return `(${rules.join(' AND ')})`;
}
