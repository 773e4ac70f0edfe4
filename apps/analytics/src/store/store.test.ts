// Retention, erasure, export and the SQL of operators, over a DuckDB file filled through ingest.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createIngest } from '../ingest/ingest.ts';
import { runQuery } from '../query/run-query.ts';
import { eraseUnit } from '../service/erase-unit.ts';
import { batchOf, createMemoryLog, noonMs, purchase, type MemoryLog } from '../testing/memory-log.ts';
import { gatherLocally } from '../share/gather.ts';
import { openDatabase, type Database } from './database.ts';
import { exportParquet } from './export-parquet.ts';
import { removeOldEvents } from './retention.ts';

const dayMs = 86_400_000;
let folder: string;
let database: Database;
let log: MemoryLog;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'analytics-'));
  database = await openDatabase({ path: join(folder, 'a.duckdb'), memoryMegabytes: 64, threads: 1 });
  log = createMemoryLog();
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const fill = async (): Promise<void> => {
  const ingest = await createIngest(database, log, { lateMs: 7 * dayMs, erasures: database.erasures });
  while ((await ingest.step()) > 0);
};
/** A minute after noon. */
const erasing = () => ({
  ...{ log, gather: gatherLocally(database), now: () => noonMs + 60_000 },
  announceErasure: () => Promise.resolve(),
});
const query = (sql: string, environment = 'env-1', rowsMax = 0) =>
  runQuery({ database }, { environment, sql, rowsMax });
const rowsOf = async (sql: string, environment = 'env-1'): Promise<readonly unknown[][]> => {
  const answer = await query(sql, environment);
  if (!answer.ok) throw new Error(JSON.stringify(answer.fault));
  return answer.value.rows;
};

it('shows SQL one environment alone', async () => {
  log.append(batchOf(1, [purchase('u-1', 2)]));
  log.append(batchOf(1, [purchase('u-2', 3)], { environmentId: "other'env" }));
  await fill();
  const sql =
    'WITH bought AS (SELECT unit, value FROM metric_events) SELECT unit, sum(value) FROM bought GROUP BY ALL';
  expect(await rowsOf(sql)).toEqual([['u-1', 2]]);
  expect(await rowsOf(sql, "other'env")).toEqual([['u-2', 3]]);
  expect(await rowsOf(sql, 'nobody')).toEqual([]);
});

it.each([
  ['two statements', 'SELECT 1; SELECT 2', 'one_statement'],
  ['a change', 'DELETE FROM metric_events', 'select_only'],
  ['a setting', 'SET threads = 9', 'select_only'],
  ['another file', "ATTACH 'x.db'", 'select_only'],
  ['a file as a table', "SELECT * FROM 'secrets.csv'", 'unknown_table'],
  ['a reader of files', "SELECT * FROM read_text('/etc/passwd')", 'refused_function'],
  ['all environments', 'SELECT * FROM main.metric_events', 'unknown_table'],
  ['all environments by the name of the file', 'SELECT * FROM a.main.metric_events', 'unknown_table'],
  ['our bookkeeping', 'SELECT * FROM instances', 'unknown_table'],
  [
    'our bookkeeping behind a CTE of its name',
    'SELECT * FROM (WITH instances AS (SELECT 1) SELECT * FROM instances), (SELECT * FROM instances)',
    'reserved_name',
  ],
  ['the settings', 'SELECT * FROM duckdb_settings()', 'refused_function'],
  ['a setting by name', "SELECT current_setting('memory_limit')", 'refused_function'],
  ['the tables', 'SHOW TABLES', 'refused_syntax'],
  ['the tables of a subquery', 'SELECT (SELECT max(told) FROM definitions)', 'unknown_table'],
  ['SQL in a text', "SELECT * FROM query('SELECT 1')", 'refused_function'],
  ['no SQL', 'SELEKT', 'syntax'],
  ['a column that is not there', 'SELECT environment_id FROM metric_events', 'sql'],
])('refuses SQL with %s', async (_name, sql, rule) => {
  log.append(batchOf(1, [purchase('u-1', 2)]));
  await fill();
  expect(await query(sql)).toMatchObject({ ok: false, fault: { violations: [{ field: 'sql', rule }] } });
});

it('bounds the rows of an answer and says so', async () => {
  const answer = await query('SELECT * FROM range(5000)', 'env-1', 10);
  expect(answer).toMatchObject({ ok: true, value: { truncated: true, columns: ['range'] } });
  expect(answer.ok && answer.value.rows.length).toBe(10);
  expect(await query('SELECT 1', 'env-1', 10_001)).toMatchObject({
    fault: { violations: [{ field: 'rows_max' }] },
  });
});

it('erases a unit by kind and key, and nobody else', async () => {
  const member = purchase('u-1', 4);
  if (member.body?.$case === 'metric') member.body.value.units = { user: 'u-1', organisation: 'o-1' };
  log.append(batchOf(1, [purchase('u-1', 1), purchase('u-2', 2), member, purchase('o-1', 8)]));
  log.append(batchOf(1, [purchase('u-1', 16)], { environmentId: 'other' }));
  await fill();
  const erase = (kind: string, unit: string) => eraseUnit(erasing(), { environment: 'env-1', kind, unit });
  expect(await erase('organisation', 'o-1')).toMatchObject({ value: { events: 1 } });
  expect(await erase('', 'u-1')).toMatchObject({ value: { events: 1 } });
  expect(await rowsOf('SELECT value FROM metric_events ORDER BY ALL')).toEqual([[2], [8]]);
  expect(await rowsOf('SELECT value FROM metric_events', 'other')).toEqual([[16]]);

  // Made again from the log, which still holds everything.
  database.close();
  await rm(join(folder, 'a.duckdb'));
  database = await openDatabase({ path: join(folder, 'a.duckdb'), memoryMegabytes: 64, threads: 1 });
  log.append(batchOf(2, [purchase('u-1', 32, noonMs + dayMs)], { receivedAtMs: noonMs + dayMs }));
  await fill();
  expect(await rowsOf('SELECT value FROM metric_events ORDER BY ALL')).toEqual([[2], [8], [32]]);
});

it('keeps an erased unit out when its batch comes again and nothing tells that it was there before', async () => {
  const batch = batchOf(1, [purchase('u-1', 1), purchase('u-2', 2)]);
  log.append(batch);
  await fill();
  await eraseUnit(erasing(), { environment: 'env-1', kind: '', unit: 'u-1' });
  database.close();
  await rm(join(folder, 'a.duckdb'));
  database = await openDatabase({ path: join(folder, 'a.duckdb'), memoryMegabytes: 64, threads: 1 });
  // The log has forgotten the first one, and took the second one long after.
  log = createMemoryLog();
  for (let filler = 1; filler < 5; filler += 1) log.append(batchOf(filler, [], { instanceId: 'other' }));
  log.append({ ...batch, receivedAtMs: noonMs + dayMs });
  await fill();
  expect(await rowsOf('SELECT unit FROM metric_events')).toEqual([['u-2']]);
});

it('removes what is older than it is to be kept', async () => {
  log.append(batchOf(1, [purchase('u-1', 1, noonMs)]));
  log.append(batchOf(2, [purchase('u-1', 2, noonMs + dayMs)], { receivedAtMs: noonMs + dayMs }));
  await fill();
  const at = (nowMs: number) => ({ database, now: () => nowMs });
  expect(await removeOldEvents(at(noonMs + dayMs), dayMs)).toBe(0);
  expect(await removeOldEvents(at(noonMs + 2 * dayMs), dayMs)).toBe(1);
  expect(await rowsOf('SELECT value FROM metric_events')).toEqual([[2]]);
});

it('exports Parquet into its own folder', async () => {
  log.append(batchOf(1, [purchase('u-1', 1), purchase('u-2', 2)]));
  await fill();
  database.close();
  const settings = { path: join(folder, 'a.duckdb'), memoryMegabytes: 64, threads: 1 };
  const files = await exportParquet(settings, 'env-1', 'all');
  expect(files.map(({ rows }) => rows)).toEqual([0, 2, 0, 0]);
  expect(files.every(({ file }) => existsSync(file))).toBe(true);
  database = await openDatabase(settings);
});
