// Databases for tests: a SQLite file in a temporary directory, or a new database on the run's real PostgreSQL server.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import type { SqlDialectName } from '../../store/sql-driver.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgresUrl: string;
  }
}

export const dialects = ['sqlite', 'postgres'] as const satisfies readonly SqlDialectName[];

/** An empty database of one's own. */
export interface TestDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

export const newDatabase = (dialect: SqlDialectName): Promise<TestDatabase> =>
  dialect === 'sqlite' ? newFile() : newPostgresDatabase();

async function newFile(): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'flags-core-'));
  return { url: join(directory, 'flags.db'), remove: () => rm(directory, { recursive: true, force: true }) };
}

async function newPostgresDatabase(): Promise<TestDatabase> {
  const name = `core_${randomBytes(6).toString('hex')}`;
  const server = inject('postgresUrl');
  await query(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, remove: () => query(server, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function query(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(text).finally(() => client.end());
}
