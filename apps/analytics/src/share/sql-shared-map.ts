// What analytics processes share, where the event log lies in a database: a table of ours in PostgreSQL, or a SQLite file
// beside the core's.
import { DatabaseSync } from 'node:sqlite';
import type { SharedMap } from '@org/push-nats/events';
import pg from 'pg';

const table = 'analytics_shared';
const createTable = `CREATE TABLE IF NOT EXISTS ${table} (key TEXT PRIMARY KEY, text TEXT NOT NULL, revision BIGINT NOT NULL)`;
const get = `SELECT text, revision FROM ${table} WHERE key = $1`;
const insert = `INSERT INTO ${table} (key, text, revision) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING`;
const update = `UPDATE ${table} SET text = $2, revision = revision + 1 WHERE key = $1 AND revision = $3`;
const list = `SELECT text FROM ${table} WHERE substr(key, 1, $2) = $1 ORDER BY key`;
const poolMax = 2;
const busyMsMax = 5_000;

interface Row {
  readonly text: string;
  readonly revision: number | string;
}

/** In PostgreSQL. `onError` hears of connections that broke while idle. */
export function openPostgresSharedMap(url: string, onError: (error: Error) => void): SharedMap {
  const pool = new pg.Pool({ connectionString: url, max: poolMax, application_name: 'flags-analytics' });
  pool.on('error', onError);
  let ready: Promise<unknown> | undefined;
  const run = async (sql: string, values: unknown[]) => {
    ready ??= pool.query(createTable).catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    await ready;
    return pool.query<Row>(sql, values);
  };
  return {
    async get(key) {
      const [row] = (await run(get, [key])).rows;
      return row && { text: row.text, revision: Number(row.revision) };
    },
    async put(key, text, expected) {
      const written =
        expected === 0 ? await run(insert, [key, text]) : await run(update, [key, text, expected]);
      return written.rowCount === 1;
    },
    list: async (prefix) => (await run(list, [prefix, prefix.length])).rows.map(({ text }) => text),
    close: () => pool.end(),
  };
}

/** In a SQLite file, for processes on one machine. */
export function openSqliteSharedMap(path: string): SharedMap {
  let database: DatabaseSync | undefined;
  const open = (): DatabaseSync => {
    if (database !== undefined) return database;
    const opened = new DatabaseSync(path, { timeout: busyMsMax });
    opened.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${createTable}`);
    return (database = opened);
  };
  const numbered = (sql: string): string => sql.replaceAll('$', '?');
  return {
    async get(key) {
      const row = open().prepare(numbered(get)).get(key) as unknown as Row | undefined;
      return row && { text: row.text, revision: Number(row.revision) };
    },
    async put(key, text, expected) {
      const { changes } =
        expected === 0
          ? open().prepare(numbered(insert)).run(key, text)
          : open().prepare(numbered(update)).run(key, text, expected);
      return changes === 1;
    },
    async list(prefix) {
      const rows = open().prepare(numbered(list)).all(prefix, prefix.length);
      return (rows as unknown as Row[]).map(({ text }) => text);
    },
    async close() {
      database?.close();
    },
  };
}
