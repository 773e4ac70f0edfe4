// The event log: batches in the order of their positions, gapless, each once. Written inside the caller's transaction,
// which holds the log's row: positions are handed out in the order of the commits.
import { insertRows, numberOf, textOf } from './rows.ts';
import type { SqlDriver, SqlRow, SqlSession } from './sql-driver.ts';

/** What was seen of an SDK instance. */
export interface InstanceRow {
  readonly environmentId: string;
  readonly instanceId: string;
  readonly highest: number;
  /** JSON. */
  readonly gaps: string;
  readonly refused: number;
  readonly seenAtMs: number;
}

/** A stored batch: protobuf of flags.v1.RecordRequest. */
export interface BatchRow {
  readonly position: number;
  readonly environmentId: string;
  readonly instanceId: string;
  readonly sequence: number;
  readonly receivedAtMs: number;
  readonly keyId: string;
  readonly batch: Uint8Array;
}

/** Takes the log for this transaction and answers the newest position. */
export async function lockEventLog(session: SqlSession, dialect: SqlDriver['dialect']): Promise<number> {
  const suffix = dialect === 'postgres' ? 'FOR UPDATE' : '';
  const [row] = await session.query(`SELECT position FROM event_log WHERE id = 1 ${suffix}`);
  return row === undefined ? 0 : numberOf(row, 'position');
}

export async function readInstances(
  session: SqlSession,
  ids: readonly { readonly environmentId: string; readonly instanceId: string }[],
): Promise<readonly InstanceRow[]> {
  const found: InstanceRow[] = [];
  for (let start = 0; start < ids.length; start += 200) {
    const part = ids.slice(start, start + 200);
    const pairs = part.map((_, index) => `($${2 * index + 1}, $${2 * index + 2})`).join(', ');
    const rows = await session.query(
      `SELECT environment_id, instance_id, highest, gaps, refused, seen_at_ms FROM event_instances
       WHERE (environment_id, instance_id) IN (VALUES ${pairs})`,
      part.flatMap(({ environmentId, instanceId }) => [environmentId, instanceId]),
    );
    found.push(...rows.map(instanceOf));
  }
  return found;
}

const instanceOf = (row: SqlRow): InstanceRow => ({
  environmentId: textOf(row, 'environment_id'),
  instanceId: textOf(row, 'instance_id'),
  highest: numberOf(row, 'highest'),
  gaps: textOf(row, 'gaps'),
  refused: numberOf(row, 'refused'),
  seenAtMs: numberOf(row, 'seen_at_ms'),
});

export async function writeEvents(
  session: SqlSession,
  batches: readonly BatchRow[],
  instances: readonly InstanceRow[],
): Promise<void> {
  await insertRows(session, {
    table: 'event_batches',
    columns: ['position', 'environment_id', 'instance_id', 'sequence', 'received_at_ms', 'key_id', 'batch'],
    rows: batches.map((row) => [
      row.position,
      row.environmentId,
      row.instanceId,
      row.sequence,
      row.receivedAtMs,
      row.keyId,
      row.batch,
    ]),
  });
  await insertRows(session, {
    table: 'event_instances',
    columns: ['environment_id', 'instance_id', 'highest', 'gaps', 'refused', 'seen_at_ms'],
    rows: instances.map((row) => [
      row.environmentId,
      row.instanceId,
      row.highest,
      row.gaps,
      row.refused,
      row.seenAtMs,
    ]),
    suffix: `ON CONFLICT (environment_id, instance_id) DO UPDATE SET
      highest = excluded.highest, gaps = excluded.gaps, refused = excluded.refused, seen_at_ms = excluded.seen_at_ms`,
  });
  const last = batches.at(-1);
  if (last !== undefined)
    await session.query('UPDATE event_log SET position = $1 WHERE id = 1', [last.position]);
}

/** Batches that go in one transaction: others get on between two of them. */
const trimmedAtOnce = 500;

/** Removes batches up to a position that came before a moment. Answers how many went. */
export async function trimEventLog(driver: SqlDriver, upTo: number, beforeMs: number): Promise<number> {
  let removed = 0;
  for (;;) {
    const rows = await driver.transaction((session) =>
      session.query(
        `DELETE FROM event_batches WHERE position IN (
           SELECT position FROM event_batches WHERE position <= $1 ORDER BY position LIMIT ${trimmedAtOnce}
         ) AND received_at_ms < $2 RETURNING position`,
        [upTo, beforeMs],
      ),
    );
    removed += rows.length;
    // Times follow positions, but for the clocks of several cores: the rest comes with the next look.
    if (rows.length < trimmedAtOnce) return removed;
  }
}

/** Batches after a position, in order: how analytics reads the log. */
export async function readEventLog(
  session: SqlSession,
  afterPosition: number,
  limit: number,
): Promise<readonly BatchRow[]> {
  const rows = await session.query(
    `SELECT position, environment_id, instance_id, sequence, received_at_ms, key_id, batch FROM event_batches
     WHERE position > $1 ORDER BY position LIMIT $2`,
    [afterPosition, limit],
  );
  return rows.map((row) => ({
    position: numberOf(row, 'position'),
    environmentId: textOf(row, 'environment_id'),
    instanceId: textOf(row, 'instance_id'),
    sequence: numberOf(row, 'sequence'),
    receivedAtMs: numberOf(row, 'received_at_ms'),
    keyId: textOf(row, 'key_id'),
    batch: row['batch'] as Uint8Array,
  }));
}
