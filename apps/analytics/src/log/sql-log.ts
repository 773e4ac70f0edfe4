// The event log in the core's database: a SQLite file beside it, or tables in PostgreSQL. The tables are the core's
// (its migrations make them); this reads `event_log` and `event_batches` and writes nothing.
import { DatabaseSync } from 'node:sqlite';
import type { LoggedBatch } from '@org/push-nats/events';
import pg from 'pg';
import type { EventLog } from './event-log.ts';

const columns = 'position, environment_id, instance_id, sequence, received_at_ms, key_id, batch';
const poolMax = 2;

interface BatchRow {
  readonly position: number | string;
  readonly environment_id: string;
  readonly instance_id: string;
  readonly sequence: number | string;
  readonly received_at_ms: number | string;
  readonly key_id: string;
  readonly batch: Uint8Array;
}

/** The log in a SQLite file. The file may come later than we do. */
export function openSqliteLog(path: string): EventLog {
  let database: DatabaseSync | undefined;
  const open = (): DatabaseSync => (database ??= new DatabaseSync(path, { readOnly: true }));
  return {
    identity: () => Promise.resolve(`sqlite:${path}`),
    async read(afterPosition, limit) {
      const rows = open()
        .prepare(`SELECT ${columns} FROM event_batches WHERE position > ? ORDER BY position LIMIT ?`)
        .all(afterPosition, limit);
      return (rows as unknown as BatchRow[]).map(batchOf);
    },
    async head() {
      const row = open().prepare('SELECT position FROM event_log WHERE id = 1').get();
      return Number(row?.['position'] ?? 0);
    },
    async close() {
      database?.close();
    },
  };
}

/** The log in PostgreSQL. `onError` hears of connections that broke while idle. */
export function openPostgresLog(url: string, onError: (error: Error) => void): EventLog {
  const pool = new pg.Pool({ connectionString: url, max: poolMax, application_name: 'flags-analytics' });
  pool.on('error', onError);
  return {
    async identity() {
      const { rows } = await pool.query<{ name: string; system: string }>(
        'SELECT current_database() AS name, system_identifier::text AS system FROM pg_control_system()',
      );
      return `postgres:${rows[0]!.system}:${rows[0]!.name}`;
    },
    async read(afterPosition, limit) {
      const { rows } = await pool.query<BatchRow>(
        `SELECT ${columns} FROM event_batches WHERE position > $1 ORDER BY position LIMIT $2`,
        [afterPosition, limit],
      );
      return rows.map(batchOf);
    },
    async head() {
      const { rows } = await pool.query<{ position: string }>('SELECT position FROM event_log WHERE id = 1');
      return Number(rows[0]?.position ?? 0);
    },
    close: () => pool.end(),
  };
}

const batchOf = (row: BatchRow): LoggedBatch => ({
  position: Number(row.position),
  environmentId: row.environment_id,
  instanceId: row.instance_id,
  sequence: Number(row.sequence),
  receivedAtMs: Number(row.received_at_ms),
  keyId: row.key_id,
  bytes: row.batch,
});
