import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dialects, newDatabase, type TestDatabase } from '../domain/testing/test-database.ts';
import { until } from '../domain/testing/test-application.ts';
import { migrateEvents, migrateMain } from './migrations.ts';
import { mainMigrations } from './migrations/main.ts';
import { openDatabases, type Databases } from './open-driver.ts';
import type { SqlDriver } from './sql-driver.ts';

describe.each(dialects)('the %s driver', (dialect) => {
  let database: TestDatabase;
  let open: Databases[];
  let driver: SqlDriver;
  const openAnother = async (): Promise<SqlDriver> => {
    const opened = await openDatabases(database.url);
    open.push(opened);
    return opened.main;
  };

  beforeEach(async () => {
    database = await newDatabase(dialect);
    open = [];
    driver = await openAnother();
    await driver.transaction((session) =>
      session.query('CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT)'),
    );
  });
  afterEach(async () => {
    await Promise.all(open.map((each) => each.close()));
    await database.remove();
  });

  const insert = (id: number, name = 'x') =>
    driver.transaction((session) =>
      session.query('INSERT INTO items (id, name) VALUES ($1, $2)', [id, name]),
    );
  const count = async (from = driver): Promise<unknown> =>
    (await from.query('SELECT COUNT(*) AS n FROM items'))[0]?.['n'];

  it('reads what was committed, with numbers as numbers', async () => {
    await insert(1_700_000_000_000, 'größe \u{1F600}');
    expect(await driver.query('SELECT id, name FROM items WHERE id = $1', [1_700_000_000_000])).toEqual([
      { id: 1_700_000_000_000, name: 'größe \u{1F600}' },
    ]);
  });

  it('rolls back what a rejected transaction wrote, and passes the rejection on', async () => {
    const failed = driver.transaction(async (session) => {
      await session.query('INSERT INTO items (id) VALUES (1)');
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await count()).toBe(0);
  });

  it('keeps transactions that run together apart', async () => {
    const outcomes = await Promise.allSettled([
      insert(1),
      driver.transaction(async (session) => {
        await session.query('INSERT INTO items (id) VALUES (2)');
        throw new Error('no');
      }),
      insert(3),
      insert(3),
      insert(4),
    ]);
    const [first, failed, one, same, last] = outcomes;
    expect([first?.status, failed?.status, last?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    // Which of the two that want the same key comes first, is the database's affair.
    expect([one, same].find((outcome) => outcome?.status === 'rejected')).toMatchObject({
      reason: { code: 'UNIQUE' },
    });
    expect([one, same].filter((outcome) => outcome?.status === 'fulfilled').length).toBe(1);
    expect((await driver.query('SELECT id FROM items ORDER BY id')).map((row) => row['id'])).toEqual([
      1, 3, 4,
    ]);
  });

  it('does not show outside what is not committed yet', async () => {
    let seen: unknown;
    await driver.transaction(async (session) => {
      await session.query('INSERT INTO items (id) VALUES (1)');
      seen = await count();
    });
    expect([seen, await count()]).toEqual([0, 1]);
  });

  it('gives a reading transaction one moment', async () => {
    const counts = await driver.transaction(
      async (session) => {
        const before = await session.query('SELECT COUNT(*) AS n FROM items');
        await insert(1);
        return [before, await session.query('SELECT COUNT(*) AS n FROM items')];
      },
      { readOnly: true },
    );
    expect(counts).toEqual([[{ n: 0 }], [{ n: 0 }]]);
    expect(await count()).toBe(1);
  });

  it('keeps bytes as they are', async () => {
    await driver.transaction((session) => migrateLike(session));
    const bytes = Uint8Array.from([0, 1, 254, 255]);
    await driver.transaction((session) => session.query('INSERT INTO blobs (data) VALUES ($1)', [bytes]));
    const [row] = await driver.query('SELECT data FROM blobs');
    expect(Buffer.from(row?.['data'] as Uint8Array)).toEqual(Buffer.from(bytes));
  });

  const migrateLike = (session: Parameters<Parameters<SqlDriver['transaction']>[0]>[0]) =>
    session.query(`CREATE TABLE blobs (data ${dialect === 'sqlite' ? 'BLOB' : 'BYTEA'})`);

  it('tells a broken statement from a database that does not answer', async () => {
    await expect(driver.query('SELECT nothing FROM nowhere')).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('wakes its own listeners after a commit, and none after a rollback', async () => {
    const topics: string[] = [];
    driver.onWake((topic) => topics.push(topic));
    await driver
      .transaction(async (session) => {
        await session.query('INSERT INTO items (id) VALUES (9)');
        await session.wake('lost');
        throw new Error('no');
      })
      .catch(() => undefined);
    await until(async () => {
      await driver.transaction((session) => session.wake('won'));
      return topics.includes('won');
    });
    if (dialect === 'postgres') expect(topics).not.toContain('lost');
  });

  it('migrates once when several cores start at the same time', async () => {
    const others = await Promise.all([openAnother(), openAnother(), openAnother()]);
    await Promise.all([driver, ...others].map((each) => migrateMain(each)));
    await Promise.all([driver, ...others].map((each) => migrateEvents(each)));
    const rows = await driver.query(
      `SELECT version FROM schema_migrations WHERE part = 'main' ORDER BY version`,
    );
    expect(rows.map((row) => row['version'])).toEqual(mainMigrations.map(({ version }) => version));
  });

  it.each(['revisions', 'changes', 'audit'])('refuses to alter or remove rows of %s', async (table) => {
    await migrateMain(driver);
    await driver.transaction(async (session) => {
      await session.query(`INSERT INTO projects (key, name, created_at_ms) VALUES ('p', 'P', 0)`);
      await session.query(
        `INSERT INTO environments (id, project_key, key, name, allowed_origins, created_at_ms, history_id, revision, server_hash, client_hash)
         VALUES ('e', 'p', 'e', 'E', '[]', 0, 'h', 1, '', '')`,
      );
      await session.query(
        `INSERT INTO revisions (environment_id, revision, committed_at_ms, principal_id, principal_name, author, reason, idempotency_key)
         VALUES ('e', 1, 0, '', '', '', '', '')`,
      );
      await session.query(
        `INSERT INTO changes (environment_id, revision, kind, key, before_revision) VALUES ('e', 1, 'flag', 'f', 0)`,
      );
      await session.query(
        `INSERT INTO audit (sequence, at_ms, actor_key_id, actor_principal_id, action, target, details, hash)
         VALUES (1, 0, '', '', '', '', '{}', '')`,
      );
    });
    for (const text of [
      `DELETE FROM ${table}`,
      `UPDATE ${table} SET ${firstColumn(table)} = ${firstColumn(table)}`,
    ]) {
      await expect(driver.transaction((session) => session.query(text))).rejects.toThrow('append-only');
    }
  });

  const firstColumn = (table: string): string => (table === 'audit' ? 'sequence' : 'revision');
});

it('says what is wrong with a file that is no SQLite database', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flags-no-database-'));
  const path = join(folder, 'flags.db');
  writeFileSync(path, 'not a database, but long enough to be looked at '.repeat(40));
  const opened = await openDatabases(path);
  await expect(opened.main.query('SELECT 1')).rejects.toThrow('file is not a database');
  await opened.close();
  rmSync(folder, { recursive: true });
});
