// The event log in the database goes when analytics has it and it is old enough, never before.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialects, newDatabase } from '../domain/testing/test-database.ts';
import { createSqlEventSink } from '../domain/events/sql-event-sink.ts';
import { readEventLog } from '../store/event-store.ts';
import { migrateEvents } from '../store/migrations.ts';
import { openDatabases, type Databases } from '../store/open-driver.ts';
import { eventLogTrimmer } from './event-log-trimmer.ts';

const hourMs = 3_600_000;
const lease = { name: 'runner', holder: 'core', epoch: 1 };

describe.each(dialects)('the event log on %s', (dialect) => {
  let databases: Databases;
  let remove: () => Promise<void>;
  let nowMs = 1_800_000_000_000;
  let position = 0;

  beforeAll(async () => {
    const database = await newDatabase(dialect);
    databases = await openDatabases(database.url);
    await migrateEvents(databases.events);
    remove = database.remove;
  });
  afterAll(async () => {
    await databases.close();
    await remove();
  });

  const trimmer = () =>
    eventLogTrimmer({
      events: databases.events,
      analytics: { logPosition: () => Promise.resolve(position) },
      retentionMs: hourMs,
      now: () => nowMs,
    });
  const append = (...sequences: readonly number[]) =>
    createSqlEventSink(databases.events, () => nowMs).append(
      sequences.map((sequence) => ({
        ...{ environmentId: 'e', instanceId: 'i', keyId: 'k', bytes: Uint8Array.of(1) },
        sequence,
      })),
    );
  const left = async (): Promise<readonly number[]> =>
    (await readEventLog(databases.events, 0, 2_000)).map((batch) => batch.position);

  it('keeps what is young, and what analytics has not read; removes the rest, and still knows what was there', async () => {
    await append(1, 2, 3);
    position = 3;
    await trimmer().look(lease);
    expect(await left()).toEqual([1, 2, 3]);
    nowMs += 2 * hourMs;
    position = 0;
    await trimmer().look(lease);
    expect(await left()).toEqual([1, 2, 3]);
    position = 2;
    await trimmer().look(lease);
    expect(await left()).toEqual([3]);
    expect(await append(1)).toEqual([{ ok: true, value: 'duplicate' }]);
    expect(await append(4)).toEqual([{ ok: true, value: 'new' }]);
    expect(await left()).toEqual([3, 4]);
  });

  it('removes more than goes at once', async () => {
    await append(...Array.from({ length: 1_200 }, (_, index) => index + 5));
    nowMs += 2 * hourMs;
    position = 1_200;
    await trimmer().look(lease);
    expect(await left()).toEqual([1_201, 1_202, 1_203, 1_204]);
  });
});
