// The test server itself: real processes.
import { afterAll, beforeAll, expect, it } from 'vitest';
import pg from 'pg';
import { startPostgres, type PostgresServer } from './postgres.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 300_000);
afterAll(() => server.close());

async function ask(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const result = await client.query<Record<string, unknown>>(text);
  await client.end();
  return result.rows;
}

it('keeps what was committed over a crash', async () => {
  const url = await server.newDatabase();
  await ask(url, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)');
  await server.kill();
  await server.restart();
  expect(await ask(url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
}, 90_000);

it('runs with durable settings', async () => {
  expect(await ask(server.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  expect(await ask(server.url, 'SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
});
