// Sketches and samples of units of a window, added up by flag and variant. DuckDB adds up, so that what comes here is
// bounded by buckets and minutes, however many instances tell.
import type { DuckDBValue } from '@duckdb/node-api';
import { createLatencyTally, createUnitSample, unitSampleMax, type LatencyTally } from '@org/events';
import type { Database } from '../store/database.ts';
import { readRows } from '../store/read-rows.ts';

type Reading = Pick<Database, 'connect'>;

const sketchShape = `'{"indices":["INTEGER"],"counts":["UBIGINT"],"zeros":"UBIGINT"}'`;

/** Durations, by `[flag key, variant]` as JSON. `column` holds sketches as JSON. */
export async function readSketches(
  database: Reading,
  table: 'call_telemetry' | 'evaluation_counts',
  column: 'latency' | 'evaluation_time',
  where: string,
  values: DuckDBValue[],
): Promise<ReadonlyMap<string, LatencyTally>> {
  const sql = `
    WITH told AS (
      SELECT flag_key, variant, from_json(${column}, ${sketchShape}) AS sketch FROM ${table}
      WHERE ${where} AND ${column} IS NOT NULL
    ), buckets AS (
      SELECT flag_key, variant, unnest(sketch.indices) AS index, unnest(sketch.counts) AS times FROM told
      UNION ALL SELECT flag_key, variant, NULL, sketch.zeros FROM told
    )
    SELECT flag_key, variant, index, sum(times)::DOUBLE FROM buckets GROUP BY flag_key, variant, index`;
  const tallies = new Map<string, LatencyTally>();
  for (const [flagKey, variant, index, times] of await readRows(database, sql, values)) {
    const key = JSON.stringify([flagKey, variant]);
    const tally = tallies.get(key) ?? createLatencyTally();
    tallies.set(key, tally);
    const count = Number(times);
    if (index === null) tally.merge({ indices: [], counts: [], zeros: count });
    else tally.merge({ indices: [Number(index)], counts: [count], zeros: 0 });
  }
  return tallies;
}

/** Units with errors, each once a minute, by `[flag key, variant]` as JSON. */
export async function readUnitsWithErrors(
  database: Reading,
  where: string,
  values: DuckDBValue[],
): Promise<ReadonlyMap<string, number>> {
  const sql = `
    WITH told AS (
      SELECT DISTINCT flag_key, variant, floor(time_ms / 60000) AS minute,
        unnest(from_json(units_with_errors, '["UINTEGER"]')) AS hash
      FROM call_telemetry WHERE ${where} AND errors > 0
    ), ranked AS (
      SELECT *, row_number() OVER (PARTITION BY flag_key, variant, minute ORDER BY hash) AS rank FROM told
    )
    SELECT flag_key, variant, minute, hash::DOUBLE FROM ranked WHERE rank <= ${unitSampleMax} ORDER BY 1, 2, 3`;
  const units = new Map<string, number>();
  let [sample, ofMinute, ofKey] = [createUnitSample(), '', ''];
  const finish = (): void => {
    if (ofKey !== '') units.set(ofKey, (units.get(ofKey) ?? 0) + sample.estimate());
  };
  for (const [flagKey, variant, minute, hash] of await readRows(database, sql, values)) {
    const key = JSON.stringify([flagKey, variant]);
    const next = `${key} ${String(minute)}`;
    if (next !== ofMinute) {
      finish();
      [sample, ofMinute, ofKey] = [createUnitSample(), next, key];
    }
    sample.add(Number(hash));
  }
  finish();
  return units;
}
