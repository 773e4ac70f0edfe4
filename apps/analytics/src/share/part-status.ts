// How far the partitions of a process are, and what of their events is not in.
import type { Database } from '../store/database.ts';
import { readRows } from '../store/read-rows.ts';
import { eventTables } from '../store/tables.ts';

export interface PartStatus {
  readonly events: number;
  /** When the newest one came; undefined without events. */
  readonly receivedMs: number | undefined;
  readonly dropped: readonly (readonly [reason: string, count: number])[];
  /** Batches of all environments that came again. */
  readonly duplicates: number;
  /** Of the partition that is farthest behind. */
  readonly position: number;
}

/** Of one environment. */
export async function readStatus(
  database: Pick<Database, 'connect'>,
  environmentId: string,
  position: number,
): Promise<PartStatus> {
  const tables = eventTables.map(
    ({ name }) => `SELECT count(*) AS n, max(received_ms) AS received FROM ${name} WHERE environment_id = $1`,
  );
  const [row] = await readRows(
    database,
    `SELECT sum(n)::DOUBLE, max(received) FROM (${tables.join(' UNION ALL ')})`,
    [environmentId],
  );
  const drops = await readRows(
    database,
    `SELECT reason, sum(count)::DOUBLE FROM drops WHERE environment_id = $1 AND reason <> 'duplicate' GROUP BY reason ORDER BY reason`,
    [environmentId],
  );
  const [twice] = await readRows(database, `SELECT sum(count)::DOUBLE FROM drops WHERE reason = 'duplicate'`);
  const received = row?.[1];
  return {
    events: Number(row?.[0] ?? 0),
    receivedMs: received === null || received === undefined ? undefined : Number(received),
    dropped: drops.map(([reason, count]) => [String(reason), Number(count)]),
    duplicates: Number(twice?.[0] ?? 0),
    position,
  };
}
