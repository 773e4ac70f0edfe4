// The tables, as numbered steps. A step that was released is never changed; a new one is added. Two cores may start at
// once: the steps run under a lock of the database.
import { eventMigrations } from './migrations/events.ts';
import { mainMigrations } from './migrations/main.ts';
import type { SqlDialectName, SqlDriver, SqlSession } from './sql-driver.ts';

/** One step. Statements hold `{bytes}` where the dialects' names of types differ. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: (dialect: SqlDialectName) => readonly string[];
}

const byteTypes: Readonly<Record<SqlDialectName, string>> = { sqlite: 'BLOB', postgres: 'BYTEA' };
// Any number will do, as long as every version of the core uses the same.
const migrationLock = 7_203_114;

/** Brings the main database to this version's tables. */
export const migrateMain = (driver: SqlDriver): Promise<void> => migrate(driver, 'main', mainMigrations);

/** Brings the event log's database (the same one with PostgreSQL) to this version's tables. */
export const migrateEvents = (driver: SqlDriver): Promise<void> => migrate(driver, 'events', eventMigrations);

async function migrate(driver: SqlDriver, part: string, migrations: readonly Migration[]): Promise<void> {
  await driver.transaction(async (session) => {
    if (driver.dialect === 'postgres') await session.query(`SELECT pg_advisory_xact_lock(${migrationLock})`);
    await applyMigrations(session, driver.dialect, part, migrations);
  });
}

/** Applies what is missing, inside the caller's transaction. */
export async function applyMigrations(
  session: SqlSession,
  dialect: SqlDialectName,
  part: string,
  migrations: readonly Migration[],
): Promise<void> {
  await session.query(
    'CREATE TABLE IF NOT EXISTS schema_migrations (part TEXT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (part, version))',
  );
  const rows = await session.query('SELECT version FROM schema_migrations WHERE part = $1', [part]);
  const applied = new Set(rows.map((row) => row['version']));
  for (const migration of migrations) {
    if (applied.has(migration.version)) continue;
    for (const statement of migration.statements(dialect)) {
      await session.query(statement.replaceAll('{bytes}', byteTypes[dialect]));
    }
    await session.query('INSERT INTO schema_migrations (part, version, name) VALUES ($1, $2, $3)', [
      part,
      migration.version,
      migration.name,
    ]);
  }
}
