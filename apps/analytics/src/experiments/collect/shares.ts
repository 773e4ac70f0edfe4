// What partitions hold of an experiment, for whoever adds it up: read partition by partition, in one transaction, so that
// everything is of one moment. Plain data: partitions of other processes come in the same form.
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Database } from '../../store/database.ts';
import { MetricShares, type CountedUnits, type MetricShare, type PartUnits } from './metric-sums.ts';
import {
  isInRange,
  loadPartitions,
  exposedKeyOf,
  rangesOf,
  ruleOf,
  unitOf,
  type ExposureTime,
  type LoadedUnits,
} from './partition-tables.ts';
import type { CollectRequest, ExcludedUnits } from './request.ts';
import { literal, numbersOf, numeral } from './sql.ts';
import { PartitionReader, windowOf } from './unit-values.ts';

/** More values of an attribute than these are summed up as "(other)". */
export const groupsMax = 200;
export const others = '(other)';

/** One partition's share of everything. */
export interface PartShare {
  readonly part: number;
  readonly crossedUnits: number;
  readonly excluded: ExcludedUnits;
  readonly unusableValues: number;
  /** Values that units are grouped by, as they appear. */
  readonly groups: readonly string[];
  /** Units by slot: group by group, variant by variant. */
  readonly units: readonly number[];
  /** In the order of the request. */
  readonly metrics: readonly MetricShare[];
}

/** What has to be known of all partitions before any of them is read. */
export interface Moment {
  /** Of the newest event; undefined without events. */
  readonly dataUntilMs: number | undefined;
  /** When units were exposed first, where the request asks for the first ones; in no order. */
  readonly firstMs: Float64Array;
}

/** A request, with what was told of all partitions. */
export interface SharesRequest {
  readonly request: CollectRequest;
  readonly dataUntilMs: number | undefined;
  /** First exposures after it do not count. */
  readonly firstUntilMs: number;
}

/** Reads what the request has to know beforehand. */
export function readMoment(
  database: Pick<Database, 'connect'>,
  parts: readonly number[],
  request: CollectRequest,
): Promise<Moment> {
  return inSnapshot(database, async (connection) => ({
    dataUntilMs: await readDataUntil(connection, parts, request),
    firstMs:
      request.unitsMax === undefined ? new Float64Array() : await readFirsts(connection, parts, request),
  }));
}

/** Shares of these partitions, ascending. Rejects when the database fails. */
export function readShares(
  database: Pick<Database, 'connect'>,
  parts: readonly number[],
  asked: SharesRequest,
): Promise<readonly PartShare[]> {
  return inSnapshot(database, (connection) => readSharesOn(connection, parts, asked));
}

/** Reads everything of one moment. */
export async function inSnapshot<T>(
  database: Pick<Database, 'connect'>,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await database.connect();
  try {
    await connection.run('BEGIN');
    return await work(connection);
  } finally {
    await connection.run('ROLLBACK').catch(() => undefined);
    connection.closeSync();
  }
}

async function readSharesOn(
  connection: DuckDBConnection,
  parts: readonly number[],
  { request, dataUntilMs = 0, firstUntilMs }: SharesRequest,
): Promise<readonly PartShare[]> {
  const { experiment, metrics } = request;
  const stoppedMs = instantOf(experiment.life?.stoppedAt);
  const { prePeriodHours } = experiment;
  const takers = metrics.map(
    ({ metric }) => new MetricShares(metric, windowOf(metric, { stoppedMs, prePeriodHours })),
  );
  const time = { ...exposureTime(request), firstUntilMs };
  const shares: PartShare[] = [];
  for (const range of await rangesOf(connection, request, parts)) {
    const loaded = await loadPartitions(connection, request, time, range);
    const numbered = numberUnits(loaded, experiment.variants.length, dataUntilMs);
    const reader = new PartitionReader(connection, loaded.arms.length);
    const taken: (readonly MetricShare[])[] = [];
    for (const taker of takers)
      taken.push(loaded.arms.length === 0 ? [] : await taker.take(reader, numbered.counted));
    // Counts of units that are left out are of the whole range; they have no order to keep.
    const counts = {
      crossedUnits: loaded.crossedUnits,
      excluded: loaded.excluded,
      unusableValues: loaded.unusableValues,
    };
    shares.push({ part: range.parts[0]!, ...counts, groups: [], units: [], metrics: [] });
    for (const [index, { part, groups, units }] of numbered.parts.entries())
      shares.push({ ...noCounts, part, groups, units, metrics: taken.map((shareOf) => shareOf[index]!) });
  }
  return shares;
}

const noCounts = {
  crossedUnits: 0,
  excluded: { targeted: 0, overridden: 0, condition: 0 },
  unusableValues: 0,
};

interface NumberedUnits {
  readonly counted: CountedUnits;
  readonly parts: readonly Pick<PartShare, 'part' | 'groups' | 'units'>[];
}

/** Numbers the arms of all groups of each partition as they appear. Other partitions change nothing of that. */
function numberUnits(
  { parts, arms, groups, exposedMs }: LoadedUnits,
  variants: number,
  dataUntilMs: number,
): NumberedUnits {
  const slots = new Int32Array(arms.length);
  const runs: PartUnits[] = [];
  const numbered: Pick<PartShare, 'part' | 'groups' | 'units'>[] = [];
  for (let from = 0, to = 0; from < parts.length; from = to) {
    const part = parts[from]!;
    const known = new Map<string, number>();
    const units: number[] = [];
    for (to = from; to < parts.length && parts[to] === part; to += 1) {
      const value = groups[to]!;
      const name = known.has(value) || known.size < groupsMax ? value : others;
      const group = known.get(name) ?? known.size;
      known.set(name, group);
      const slot = group * variants + arms[to]!;
      slots[to] = slot;
      units[slot] = (units[slot] ?? 0) + 1;
    }
    const slotCount = known.size * variants;
    runs.push({ part, from, to, slotCount });
    const dense = Array.from({ length: slotCount }, (_, slot) => units[slot] ?? 0);
    numbered.push({ part, groups: [...known.keys()], units: dense });
  }
  return { counted: { slots, exposedMs, dataUntilMs, parts: runs }, parts: numbered };
}

/** When exposures count. */
export function exposureTime({
  experiment,
  untilMs = Number.MAX_VALUE,
}: CollectRequest): Omit<ExposureTime, 'firstUntilMs'> {
  const fromMs = instantOf(experiment.life?.startedAt) ?? 0;
  return { fromMs, untilMs: Math.min(untilMs, instantOf(experiment.life?.stoppedAt) ?? Number.MAX_VALUE) };
}

/** When each unit was exposed first. */
async function readFirsts(
  connection: DuckDBConnection,
  parts: readonly number[],
  request: CollectRequest,
): Promise<Float64Array> {
  const { environmentId, experiment, experimentKey } = request;
  const { fromMs, untilMs } = exposureTime(request);
  const firsts: number[] = [];
  for (const range of await rangesOf(connection, request, parts)) {
    const [times = []] = await numbersOf(
      connection,
      `SELECT min(time_ms) FROM (SELECT ${unitOf(experiment)} AS u, time_ms, variant, excluded FROM exposures
         WHERE environment_id = ${literal(environmentId)} AND ${isInRange(experiment, range)}
           AND flag_key = ${literal(exposedKeyOf(experiment))} AND (excluded OR rule = ${literal(ruleOf(experimentKey))})
           AND time_ms >= ${numeral(fromMs)} AND time_ms <= ${numeral(untilMs)})
       WHERE u IS NOT NULL GROUP BY u HAVING NOT bool_or(excluded) AND count(DISTINCT variant) = 1`,
    );
    for (const time of times) firsts.push(time);
  }
  return Float64Array.from(firsts);
}

async function readDataUntil(
  connection: DuckDBConnection,
  parts: readonly number[],
  { environmentId, untilMs = Number.MAX_VALUE }: CollectRequest,
): Promise<number | undefined> {
  if (parts.length === 0) return undefined;
  const rows = `WHERE environment_id = ${literal(environmentId)} AND part IN (${parts.join(', ')})`;
  const [column] = (
    await connection.runAndReadAll(
      `SELECT max(t) FROM (SELECT max(time_ms) AS t FROM exposures ${rows}
         UNION ALL SELECT max(time_ms) FROM metric_events ${rows})`,
    )
  ).getColumns();
  const newest = column?.[0] as number | null | undefined;
  return newest === null || newest === undefined ? undefined : Math.min(newest, untilMs);
}

/** Unix milliseconds of an ISO instant. */
export const instantOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text);
