// From raw events to sufficient statistics: partition by partition, in one transaction, so that everything is of one moment.
// The same events give the same bits, however they came in and whoever adds them up.
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Database } from '../../store/database.ts';
import { MetricSums, type CountedUnits } from './metric-sums.ts';
import {
  isInRange,
  loadPartitions,
  rangesOf,
  ruleOf,
  unitOf,
  type ExposureTime,
  type LoadedUnits,
} from './partition-tables.ts';
import type { Collected, CollectRequest, Group } from './request.ts';
import { literal, numbersOf, numeral } from './sql.ts';
import { PartitionReader, windowOf } from './unit-values.ts';

/** More values of an attribute than these are summed up as "(other)". */
export const groupsMax = 200;
const others = '(other)';

/** Collects. Rejects when the database fails. */
export async function collect(
  database: Pick<Database, 'connect'>,
  request: CollectRequest,
): Promise<Collected> {
  const connection = await database.connect();
  try {
    await connection.run('BEGIN');
    return await collectOn(connection, request);
  } finally {
    await connection.run('ROLLBACK').catch(() => undefined);
    connection.closeSync();
  }
}

async function collectOn(connection: DuckDBConnection, request: CollectRequest): Promise<Collected> {
  const { experiment, metrics } = request;
  const dataUntilMs = await readDataUntil(connection, request);
  const time = await exposureTime(connection, request);
  const stoppedMs = instantOf(experiment.life?.stoppedAt);
  const { prePeriodHours } = experiment;
  const sums = metrics.map(
    ({ metric }) => new MetricSums(metric, windowOf(metric, { stoppedMs, prePeriodHours })),
  );
  const slots = new Slots(experiment.variants.length);
  const seen = { crossedUnits: 0, excludedUnits: 0, unusableValues: 0 };
  for (const range of await rangesOf(connection, request)) {
    const loaded = await loadPartitions(connection, request, time, range);
    seen.crossedUnits += loaded.crossedUnits;
    seen.excludedUnits += loaded.excludedUnits;
    seen.unusableValues += loaded.unusableValues;
    const units = slots.take(loaded, dataUntilMs ?? 0);
    if (loaded.arms.length === 0) continue;
    const reader = new PartitionReader(connection, loaded.arms.length);
    for (const each of sums) await each.add(reader, units);
  }
  const finished = sums.map((each) => each.finish(slots.count));
  return {
    ...seen,
    dataUntilMs,
    groups: slots.groups((slot) => finished.map((metric) => metric[slot]!)),
  };
}

/** Numbers the arms of all groups as they appear: group by group, variant by variant. */
class Slots {
  readonly #variants: number;
  readonly #groups = new Map<string, number>();
  readonly #units: number[] = [];

  constructor(variants: number) {
    this.#variants = variants;
  }

  get count(): number {
    return this.#groups.size * this.#variants;
  }

  take({ parts, arms, groups, exposedMs }: LoadedUnits, dataUntilMs: number): CountedUnits {
    const slots = Int32Array.from(arms, (arm, id) => this.#group(groups[id]!) * this.#variants + arm);
    for (const slot of slots) this.#units[slot] = (this.#units[slot] ?? 0) + 1;
    return { slots, slotCount: this.count, exposedMs, dataUntilMs, ranges: equalRuns(parts) };
  }

  groups(metricsOf: (slot: number) => Group['arms'][number]['metrics']): readonly Group[] {
    const groups = [...this.#groups].map(([value, group]) => ({
      value,
      arms: Array.from({ length: this.#variants }, (_, arm) => {
        const slot = group * this.#variants + arm;
        return { units: this.#units[slot] ?? 0, metrics: metricsOf(slot) };
      }),
    }));
    return groups.toSorted((a, b) => (a.value < b.value ? -1 : 1));
  }

  #group(value: string): number {
    const name = this.#groups.has(value) || this.#groups.size < groupsMax ? value : others;
    const known = this.#groups.get(name) ?? this.#groups.size;
    this.#groups.set(name, known);
    return known;
  }
}

/** Where each partition begins and ends in the list. */
function equalRuns(parts: readonly number[]): readonly (readonly [from: number, to: number])[] {
  const starts = parts.flatMap((part, id) => (part === parts[id - 1] ? [] : [id]));
  return starts.map((from, index) => [from, starts[index + 1] ?? parts.length]);
}

async function exposureTime(connection: DuckDBConnection, request: CollectRequest): Promise<ExposureTime> {
  const { experiment, untilMs = Number.MAX_VALUE, unitsMax } = request;
  const fromMs = instantOf(experiment.life?.startedAt) ?? 0;
  const until = Math.min(untilMs, instantOf(experiment.life?.stoppedAt) ?? Number.MAX_VALUE);
  const time = { fromMs, untilMs: until, firstUntilMs: Number.MAX_VALUE };
  return unitsMax === undefined
    ? time
    : { ...time, firstUntilMs: await exposureOf(connection, request, time, unitsMax) };
}

/** When the n-th unit was exposed first. */
async function exposureOf(
  connection: DuckDBConnection,
  request: CollectRequest,
  { fromMs, untilMs }: ExposureTime,
  unit: number,
): Promise<number> {
  const { environmentId, experiment, experimentKey } = request;
  const firsts: number[] = [];
  for (const range of await rangesOf(connection, request)) {
    const [times = []] = await numbersOf(
      connection,
      `SELECT min(time_ms) FROM (SELECT ${unitOf(experiment)} AS u, time_ms, variant, excluded FROM exposures
         WHERE environment_id = ${literal(environmentId)} AND ${isInRange(experiment, range)}
           AND flag_key = ${literal(experiment.target.key)} AND (excluded OR rule = ${literal(ruleOf(experimentKey))})
           AND time_ms >= ${numeral(fromMs)} AND time_ms <= ${numeral(untilMs)})
       WHERE u IS NOT NULL GROUP BY u HAVING NOT bool_or(excluded) AND count(DISTINCT variant) = 1`,
    );
    for (const time of times) firsts.push(time);
  }
  return Float64Array.from(firsts).sort()[unit - 1] ?? Number.MAX_VALUE;
}

async function readDataUntil(
  connection: DuckDBConnection,
  { environmentId, untilMs = Number.MAX_VALUE }: CollectRequest,
): Promise<number | undefined> {
  const [column] = (
    await connection.runAndReadAll(
      `SELECT max(t) FROM (SELECT max(time_ms) AS t FROM exposures WHERE environment_id = ${literal(environmentId)}
         UNION ALL SELECT max(time_ms) FROM metric_events WHERE environment_id = ${literal(environmentId)})`,
    )
  ).getColumns();
  const newest = column?.[0] as number | null | undefined;
  return newest === null || newest === undefined ? undefined : Math.min(newest, untilMs);
}

/** Unix milliseconds of an ISO instant. */
export const instantOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text);
