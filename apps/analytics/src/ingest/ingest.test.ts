// Each batch is in once, whatever is retried, and wherever the process ends.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventLog } from '../log/event-log.ts';
import { openDatabase, type Database } from '../store/database.ts';
import { batchOf, createMemoryLog, noonMs, purchase } from '../testing/memory-log.ts';
import { createIngest, LogReplacedError, type Ingest } from './ingest.ts';

const dayMs = 86_400_000;
let folder: string;
let database: Database;

const open = async (): Promise<void> => {
  database = await openDatabase({ path: join(folder, 'a.duckdb'), memoryMegabytes: 64, threads: 1 });
};
const reopen = async (): Promise<void> => {
  database.close();
  await open();
};
const ingestOf = (log: EventLog): Promise<Ingest> => createIngest(database, log, { lateMs: 7 * dayMs });
const drain = async (ingest: Ingest): Promise<void> => {
  while ((await ingest.step()) > 0);
};
const rows = async (sql: string): Promise<unknown[][]> =>
  (await database.writer.runAndReadAll(sql)).getRowsJson();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'analytics-'));
  await open();
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

describe('ingest', () => {
  it('takes every event of every batch, with where it came from', async () => {
    const log = createMemoryLog();
    log.append(batchOf(1, [purchase('u-1', 2.5), purchase('ü-2', 4)]));
    await drain(await ingestOf(log));
    expect(
      await rows(
        'SELECT position, environment_id, unit, name, value, revision FROM metric_events ORDER BY value',
      ),
    ).toEqual([
      ['1', 'env-1', 'u-1', 'purchase', 2.5, 3],
      ['1', 'env-1', 'ü-2', 'purchase', 4, 3],
    ]);
  });

  it('takes a batch once, however late it is sent again, and over restarts', async () => {
    const log = createMemoryLog();
    log.append(batchOf(1, [purchase('u-1', 1)]));
    log.append(batchOf(2, [purchase('u-1', 2)]));
    log.append(batchOf(1, [purchase('u-1', 1)]));
    const first = await ingestOf(log);
    await drain(first);
    expect(first.counters).toMatchObject({ batches: 3, events: 2, duplicates: 1 });
    await reopen();
    for (let sequence = 3; sequence < 1_000; sequence += 1)
      log.append(batchOf(sequence, [purchase('u-1', 0)]));
    log.append(batchOf(2, [purchase('u-1', 2)], { receivedAtMs: noonMs + 6 * dayMs }));
    await drain(await ingestOf(log));
    expect(await rows('SELECT sum(value), count(*) FROM metric_events')).toEqual([[3, '999']]);
  });

  it('takes everything in when its first process was killed before it held a partition', async () => {
    const log = createMemoryLog();
    await createIngest(database, log, { lateMs: 7 * dayMs, parts: new Set() });
    log.append(batchOf(1, [purchase('u-1', 1)]));
    await reopen();
    const ingest = await ingestOf(log);
    await drain(ingest);
    expect(ingest.counters.events).toBe(1);
  });

  it('leaves everything as it was when a transaction fails, and goes on from there', async () => {
    const log = createMemoryLog();
    log.append(batchOf(1, [purchase('u-1', 1)]));
    const ingest = await ingestOf(log);
    await database.writer.run('DROP TABLE drops');
    log.append(batchOf(2, [purchase('u-1', 2)], { dropped: { queue_full: 7 } }));
    await expect(ingest.step()).rejects.toThrow();
    expect(await rows('SELECT count(*) FROM metric_events')).toEqual([['0']]);
    expect(ingest.position).toBe(0);
    await reopen();
    await drain(await ingestOf(log));
    expect(await rows('SELECT sum(value) FROM metric_events')).toEqual([[3]]);
    expect(await rows('SELECT reason, count FROM drops')).toEqual([['sdk:queue_full', 7]]);
  });

  it('counts what cannot be used, by reason', async () => {
    const log = createMemoryLog();
    const unitless = purchase('', 1);
    if (unitless.body?.$case === 'metric') unitless.body.value.units = {};
    log.append(batchOf(1, [purchase('u-1', 1, noonMs - 8 * dayMs), unitless, purchase('u-1', 5)]));
    log.append({ ...batchOf(2, []), bytes: Uint8Array.of(255, 255, 255) });
    await drain(await ingestOf(log));
    expect(await rows('SELECT reason, count FROM drops ORDER BY reason')).toEqual([
      ['malformed', 1],
      ['too_old', 1],
      ['without_unit', 1],
    ]);
    expect(await rows('SELECT count(*) FROM metric_events')).toEqual([['1']]);
  });

  it('takes events from the future as of when they came', async () => {
    const log = createMemoryLog();
    log.append(batchOf(1, [purchase('u-1', 1, noonMs + dayMs)]));
    await drain(await ingestOf(log));
    expect(await rows('SELECT time_ms FROM metric_events')).toEqual([[noonMs + 1_000]]);
  });

  it('refuses to go on with another log, or with one that lost what was read', async () => {
    const log = createMemoryLog();
    log.append(batchOf(1, [purchase('u-1', 1)]));
    await drain(await ingestOf(log));
    await expect(ingestOf(createMemoryLog('memory:2'))).rejects.toThrow(LogReplacedError);
    await expect(ingestOf(createMemoryLog())).rejects.toThrow(LogReplacedError);
  });
});
