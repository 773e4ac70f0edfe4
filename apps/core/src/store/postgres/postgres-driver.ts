// PostgreSQL as a SqlDriver: a pool of connections, notices between cores. Refuses a server that would lose
// acknowledged commits. Fails fast while the server is away and works again as soon as it is back.
import pg from 'pg';
import { StoreError } from '../store-error.ts';
import type { SqlDriver, SqlRow, SqlTransaction, SqlValue, TransactionOptions } from '../sql-driver.ts';
import { isConnectionLost, postgresError } from './postgres-error.ts';
import { wakeChannel } from './wake-channel.ts';
import { startWakeListener, type WakeListener } from './wake-listener.ts';

const connectionsMax = 10;
/** Callers are told within a second that the server cannot be reached. */
const connectMsMax = 900;
/** Statements of the core are small: one that takes longer means trouble. Backup and restore may take their time. */
const statementMsMax = { serving: 5_000, patient: 600_000 } as const;
const lockMsMax = { serving: 3_000, patient: 60_000 } as const;
/** The server ends a statement itself; only one that does not answer any more is given up here. */
const answerMsMore = 500;
const idleMsMax = 30_000;

// BIGINT columns hold milliseconds and counters, far below 2^53.
const numberTypes: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    const parse = pg.types.getTypeParser(oid, format) as (text: string) => unknown;
    return numberTypes.has(oid) ? Number : parse;
  },
};

/** How long statements may take. */
export type Patience = keyof typeof statementMsMax;

/** Connects when first used. */
export function createPostgresDriver(connectionString: string, patience: Patience = 'serving'): SqlDriver {
  const pool = new pg.Pool({
    connectionString,
    max: connectionsMax,
    connectionTimeoutMillis: connectMsMax,
    idleTimeoutMillis: idleMsMax,
    statement_timeout: statementMsMax[patience],
    lock_timeout: lockMsMax[patience],
    query_timeout: statementMsMax[patience] + answerMsMore,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'flags-core',
    types,
  });
  // Idle connections that break are replaced by the pool; without a listener the process would end.
  pool.on('error', () => undefined);
  const listeners = new Set<(topic: string) => void>();
  let listening: WakeListener | undefined;
  let checked: Promise<void> | undefined;
  const ensureDurable = (): Promise<void> => {
    checked ??= checkDurability(pool).catch((error: unknown) => {
      checked = undefined;
      throw error;
    });
    return checked;
  };
  return {
    dialect: 'postgres',
    async query(text, values = []) {
      await ensureDurable();
      return run(pool, text, values);
    },
    async transaction(work, options) {
      await ensureDurable();
      return inTransaction(pool, work, options ?? {});
    },
    onWake(listener) {
      listening ??= startWakeListener(connectionString, (topic) => listeners.forEach((each) => each(topic)));
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      await listening?.close();
      await pool.end();
    },
  };
}

async function run(
  target: pg.Pool | pg.PoolClient,
  text: string,
  values: readonly SqlValue[],
): Promise<readonly SqlRow[]> {
  try {
    const { rows } = await target.query<Record<string, SqlValue>>(text, [...values]);
    return rows;
  } catch (error) {
    throw postgresError(error);
  }
}

async function inTransaction<T>(
  pool: pg.Pool,
  work: (transaction: SqlTransaction) => Promise<T>,
  { readOnly = false }: TransactionOptions,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw postgresError(error);
  });
  let broken: Error | undefined;
  // A connection may break while the work waits for something else.
  const note = (error: Error): void => void (broken = error);
  client.on('error', note);
  const query = (text: string, values: readonly SqlValue[] = []) => run(client, text, values);
  try {
    await query(readOnly ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN');
    const value = await work({
      query,
      wake: async (topic) => void (await query(`SELECT pg_notify('${wakeChannel}', $1)`, [topic])),
    });
    await query('COMMIT');
    return value;
  } catch (error) {
    // On a connection without answers a ROLLBACK would only wait as well: closing it rolls back, too.
    if (isConnectionLost(error)) broken = error;
    else await query('ROLLBACK').catch((failed: unknown) => void (broken = failed as Error));
    throw error;
  } finally {
    client.removeListener('error', note);
    client.release(broken);
  }
}

/** An acknowledged commit must survive a power cut (design: the database is the truth). */
async function checkDurability(pool: pg.Pool): Promise<void> {
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const [row] = await run(pool, `SELECT current_setting('${setting}') AS value`, []);
    const value = String(row?.['value']);
    if (value === 'off' || value === 'local') {
      throw new StoreError(
        'INTERNAL',
        `PostgreSQL runs with ${setting}=${value} and would lose acknowledged commits`,
      );
    }
  }
}
