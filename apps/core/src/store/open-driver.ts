// Opens the database a URL names: PostgreSQL by "postgres://" or "postgresql://", else a SQLite file.
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Patience } from './postgres/postgres-driver.ts';
import type { SqlDriver } from './sql-driver.ts';
import { createSqliteDriver } from './sqlite/sqlite-driver.ts';

const postgresUrl = /^postgres(ql)?:\/\//i;

/** The databases of an installation: with PostgreSQL one and the same. */
export interface Databases {
  readonly main: SqlDriver;
  readonly events: SqlDriver;
  close(): Promise<void>;
}

export const isPostgresUrl = (databaseUrl: string): boolean => postgresUrl.test(databaseUrl);

/** Opens both databases; nothing is read or written yet. The event log of SQLite has a file of its own. */
export async function openDatabases(databaseUrl: string, patience: Patience = 'serving'): Promise<Databases> {
  if (isPostgresUrl(databaseUrl)) {
    const { createPostgresDriver } = await import('./postgres/postgres-driver.ts');
    const driver = createPostgresDriver(databaseUrl, patience);
    return { main: driver, events: driver, close: () => driver.close() };
  }
  const path = resolve(databaseUrl);
  await mkdir(dirname(path), { recursive: true });
  const [main, events] = [createSqliteDriver(path), createSqliteDriver(`${path}-events`)];
  return {
    main,
    events,
    close: async () => {
      await Promise.all([main.close(), events.close()]);
    },
  };
}
