// What partitions hold of an experiment at one moment after the other, from one pass over their events: who took part then,
// and what they had done by then.
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Database } from '../../store/database.ts';
import { MetricShares, type PartUnits } from './metric-sums.ts';
import {
  itsExposures,
  loadEvents,
  rangesOf,
  removeExcluded,
  variantRows,
  type PartRange,
} from './partition-tables.ts';
import { PastReader } from './past-reader.ts';
import type { CollectRequest } from './request.ts';
import { exposureTime, inSnapshot, instantOf, type PartShare } from './shares.ts';
import { PartitionReader, windowOf } from './unit-values.ts';

/** A request that tells no groups apart, and the moments, ascending. */
export interface SeriesRequest {
  readonly request: CollectRequest;
  readonly dataUntilMs: number | undefined;
  readonly pointsMs: readonly number[];
}

/** By moment; without counts of what was left out. */
export type SeriesShare = readonly (readonly PartShare[])[];

/** Reads these partitions. Rejects when the database fails. */
export function readSeries(
  database: Pick<Database, 'connect'>,
  parts: readonly number[],
  { request, dataUntilMs = 0, pointsMs }: SeriesRequest,
): Promise<SeriesShare> {
  return inSnapshot(database, async (connection) => {
    const { experiment, metrics } = request;
    const stoppedMs = instantOf(experiment.life?.stoppedAt);
    const { prePeriodHours } = experiment;
    const points = pointsMs.map((untilMs) => ({
      untilMs,
      shares: [] as PartShare[],
      takers: metrics.map(
        ({ metric }) => new MetricShares(metric, windowOf(metric, { stoppedMs, prePeriodHours })),
      ),
    }));
    for (const range of await rangesOf(connection, request, parts)) {
      const units = await loadPastUnits(connection, request, range);
      const reader = new PastReader(
        new PartitionReader(connection, units.exposedMs.length),
        units.exposedMs.length,
      );
      for (const { untilMs, shares, takers } of points) {
        reader.goTo(untilMs);
        const slots = slotsAt(units, untilMs);
        const { exposedMs, runs } = units;
        const counted = {
          slots,
          exposedMs,
          dataUntilMs: Math.min(dataUntilMs, untilMs),
          parts: runs,
        };
        const taken = [];
        for (const taker of takers) taken.push(await taker.take(reader, counted));
        for (const [index, run] of runs.entries()) {
          const metricShares = taken.map((byRun) => byRun[index]!);
          const share = shareOf(run, slots, metricShares);
          if (share !== undefined) shares.push(share);
        }
      }
    }
    return points.map(({ shares }) => shares);
  });
}

/** Units in the order of their partitions and keys, as columns. */
interface PastUnits {
  readonly arms: readonly number[];
  readonly exposedMs: readonly number[];
  /** When each was left out: seen in a second variant, targeted, overridden; Infinity: never. */
  readonly outMs: readonly number[];
  readonly runs: readonly PartUnits[];
}

/** Makes the tables `assigned` and `events` of everybody who ever took part. */
async function loadPastUnits(
  connection: DuckDBConnection,
  request: CollectRequest,
  range: PartRange,
): Promise<PastUnits> {
  const { experiment } = request;
  await connection.run(`CREATE OR REPLACE TEMP TABLE seen AS
    SELECT u, p, false AS excluded, min(time_ms) FILTER (WHERE NOT out) AS t0,
      first(variant ORDER BY time_ms, variant) FILTER (WHERE NOT out) AS variant,
      first(attributes ORDER BY time_ms, attributes) FILTER (WHERE NOT out) AS attributes,
      least(coalesce(min(time_ms) FILTER (WHERE out), 'Infinity'::DOUBLE),
        coalesce(min(time_ms) FILTER (WHERE NOT out AND variant <> first_variant), 'Infinity'::DOUBLE)) AS out_ms
    FROM (SELECT * EXCLUDE (excluded), excluded AS out,
        first_value(variant) OVER (PARTITION BY u, p ORDER BY excluded, time_ms, variant) AS first_variant
      FROM (${itsExposures(request, exposureTime(request), range)}) WHERE u IS NOT NULL)
    GROUP BY u, p`);
  await removeExcluded(connection, experiment);
  await connection.run(`CREATE OR REPLACE TEMP TABLE assigned AS
    SELECT (row_number() OVER (ORDER BY p, u) - 1)::INTEGER AS id, p, u, arm, t0, out_ms FROM (
      SELECT seen.p, seen.u, v.arm, seen.t0, seen.out_ms FROM seen
        JOIN (VALUES ${variantRows(experiment)}) v(variant, arm) ON seen.variant = v.variant
      WHERE t0 IS NOT NULL)`);
  await loadEvents(connection, request, range);
  const answer = await connection.runAndReadAll('SELECT p, arm, t0, out_ms FROM assigned ORDER BY id');
  const [parts = [], arms = [], exposedMs = [], outMs = []] = answer.getColumns() as number[][];
  return { arms, exposedMs, outMs, runs: runsOf(parts, experiment.variants.length) };
}

function runsOf(parts: readonly number[], slotCount: number): readonly PartUnits[] {
  const starts = parts.flatMap((part, id) => (part === parts[id - 1] ? [] : [id]));
  return starts.map((from, index) => ({
    part: parts[from]!,
    from,
    to: starts[index + 1] ?? parts.length,
    slotCount,
  }));
}

/** Arms of the units that took part then, -1 for the others. */
const slotsAt = ({ arms, exposedMs, outMs }: PastUnits, untilMs: number): Int32Array =>
  Int32Array.from(arms, (arm, id) => (exposedMs[id]! <= untilMs && outMs[id]! > untilMs ? arm : -1));

/** Undefined where nobody took part yet. */
function shareOf(
  { part, from, to, slotCount }: PartUnits,
  slots: Int32Array,
  metrics: PartShare['metrics'],
): PartShare | undefined {
  const units = Array.from({ length: slotCount }, () => 0);
  for (let id = from; id < to; id += 1) if (slots[id]! >= 0) units[slots[id]!]! += 1;
  if (units.every((count) => count === 0)) return undefined;
  const excluded = { targeted: 0, overridden: 0, condition: 0 };
  return { part, crossedUnits: 0, excluded, unusableValues: 0, groups: [''], units, metrics };
}
