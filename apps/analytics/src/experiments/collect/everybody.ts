// The tables of `loadPartitions` for all units of some partitions, whatever they were shown.
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Experiment } from '@org/contract/model';
import { isInRange, usableValue, type PartRange } from './partition-tables.ts';
import { literal, numeral } from './sql.ts';

/** Stands where an experiment is asked for: units are users, and nobody was exposed. */
export const everybody: Experiment = {
  target: { kind: 'flag', key: '' },
  variants: [],
  control: '',
  allocation: 0,
  metrics: [],
  plan: { method: 'sequential', alpha: 0.05 },
};

export interface EverybodyRequest {
  readonly environmentId: string;
  /** Names of events. */
  readonly events: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
  /** Units with one of these events, or all that were seen: exposed, or with any event. */
  readonly units: 'with_events' | 'seen';
}

/** Units in the order of their partitions and keys. */
export interface Everybody {
  readonly parts: readonly number[];
  /** When each was seen first. */
  readonly firstMs: readonly number[];
}

/** Makes the tables `assigned` and `events`. */
export async function loadEverybody(
  connection: DuckDBConnection,
  { environmentId, events, fromMs, untilMs, units }: EverybodyRequest,
  range: PartRange,
): Promise<Everybody> {
  const rows = `environment_id = ${literal(environmentId)} AND ${isInRange(everybody, range)} AND unit IS NOT NULL
    AND time_ms >= ${numeral(fromMs)} AND time_ms <= ${numeral(untilMs)}`;
  const names = [...new Set(events)].map(literal).join(', ');
  await connection.run(`CREATE OR REPLACE TEMP TABLE events AS
    SELECT unit AS u, part AS p, name, attributes, time_ms, ${usableValue} AS value
    FROM metric_events WHERE ${rows} AND name IN (${names})`);
  const seen =
    units === 'with_events'
      ? 'SELECT p, u, time_ms FROM events'
      : `SELECT part AS p, unit AS u, time_ms FROM metric_events WHERE ${rows}
         UNION ALL SELECT part, unit, time_ms FROM exposures WHERE ${rows}`;
  await connection.run(`CREATE OR REPLACE TEMP TABLE assigned AS
    SELECT (row_number() OVER (ORDER BY p, u) - 1)::INTEGER AS id, p, u, 0::INTEGER AS arm, '' AS grp, t0
    FROM (SELECT p, u, min(time_ms) AS t0 FROM (${seen}) GROUP BY p, u)`);
  const answer = await connection.runAndReadAll('SELECT p, t0 FROM assigned ORDER BY id');
  const [parts = [], firstMs = []] = answer.getColumns();
  return { parts: parts as number[], firstMs: firstMs as number[] };
}
