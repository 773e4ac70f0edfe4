// One suite for every place the event log may lie in: SQLite, PostgreSQL, JetStream. What the reader of the log counts
// (by instance and sequence) is what was accepted, once each.
import { takeSequence, type SeenSequences } from '@org/events/seen-sequences';
import { createEventLogWriter, openJetStreamLog } from '@org/push-nats/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateEvents } from '../../store/migrations.ts';
import { openDatabases } from '../../store/open-driver.ts';
import { readEventLog } from '../../store/event-store.ts';
import { StoreError } from '../../store/store-error.ts';
import type { SqlDialectName, SqlDriver } from '../../store/sql-driver.ts';
import { newDatabase } from '../testing/test-database.ts';
import { grantOf, silentLogger, until } from '../testing/test-application.ts';
import { startNats } from '../testing/test-nats.ts';
import { createEventService } from './event-service.ts';
import type { BatchToLog, EventSink } from './event-sink.ts';
import { createJetStreamEventSink } from './jetstream-event-sink.ts';
import { createSqlEventSink } from './sql-event-sink.ts';

interface LoggedId {
  readonly environmentId: string;
  readonly instanceId: string;
  readonly sequence: number;
}

interface Place {
  readonly sink: EventSink;
  /** All that lies in the log, in its order. */
  read(): Promise<readonly LoggedId[]>;
  /** Takes the log away, and gives it back. */
  outage(during: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

const nowMs = 1_800_000_000_000;
const now = (): number => nowMs;

async function openSql(dialect: SqlDialectName): Promise<Place> {
  const database = await newDatabase(dialect);
  const databases = await openDatabases(database.url);
  await migrateEvents(databases.events);
  let away = false;
  const driver: SqlDriver = {
    ...databases.events,
    dialect: databases.events.dialect,
    transaction: (work) =>
      away ? Promise.reject(new StoreError('STORE_UNAVAILABLE', 'away')) : databases.events.transaction(work),
  };
  return {
    sink: createSqlEventSink(driver, now),
    read: () => readEventLog(databases.events, 0, 10_000),
    async outage(during) {
      away = true;
      await during();
      away = false;
    },
    async close() {
      await databases.close();
      await database.remove();
    },
  };
}

async function openJetStream(): Promise<Place> {
  const server = await startNats();
  const options = {
    servers: [server.url],
    credentials: () => server.authority.coreCredentials(),
    random: () => 0.1,
  };
  const [writer, reader] = [createEventLogWriter(options), openJetStreamLog(options)];
  await until(() => writer.isUp() && reader.isUp());
  return {
    sink: createJetStreamEventSink(writer, now),
    read: () => reader.read(0, 10_000),
    async outage(during) {
      await server.kill();
      await until(() => !writer.isUp());
      await during();
      await server.restart();
      await until(() => writer.isUp() && reader.isUp());
    },
    async close() {
      await Promise.all([writer.close(), reader.close()]);
      await server.close();
    },
  };
}

const batch = (instanceId: string, sequence: number): BatchToLog => ({
  environmentId: 'env-1',
  instanceId,
  sequence,
  keyId: 'key-1',
  bytes: Uint8Array.of(8, sequence & 127),
});

const outcomes = async (sink: EventSink, batches: readonly BatchToLog[]): Promise<readonly string[]> =>
  (await sink.append(batches)).map((outcome) => (outcome.ok ? outcome.value : outcome.fault.code));

describe.each([
  ['sqlite', () => openSql('sqlite')],
  ['postgres', () => openSql('postgres')],
  ['jetstream', openJetStream],
] as const)('the event log in %s', (_name, open) => {
  let place: Place;

  beforeAll(async () => {
    place = await open();
  }, 300_000);
  afterAll(() => place.close());

  /** As analytics counts. */
  const counted = async (instance: string): Promise<readonly number[]> => {
    const taken: number[] = [];
    let seen: SeenSequences | undefined;
    for (const { instanceId, sequence } of await place.read()) {
      if (instanceId !== instance) continue;
      const judged = takeSequence(seen, sequence);
      seen = judged.seen;
      if (judged.verdict === 'new') taken.push(sequence);
    }
    return taken;
  };

  it('accepts each batch once, in any order', async () => {
    expect(await outcomes(place.sink, [batch('a', 2)])).toEqual(['new']);
    expect(await outcomes(place.sink, [batch('a', 1), batch('b', 1)])).toEqual(['new', 'new']);
    expect(await outcomes(place.sink, [batch('a', 2), batch('a', 3)])).toEqual(['duplicate', 'new']);
    expect(await counted('a')).toEqual([2, 1, 3]);
    expect(await counted('b')).toEqual([1]);
  });

  it('accepts many at once', async () => {
    const many = Array.from({ length: 200 }, (_, sequence) => batch('many', sequence));
    expect(new Set(await outcomes(place.sink, many))).toEqual(new Set(['new']));
    expect((await counted('many')).toSorted((left, right) => left - right)).toEqual(
      many.map(({ sequence }) => sequence),
    );
  });

  it('answers UNAVAILABLE while it is away, and counts the batch that is sent again once', async () => {
    const retried = batch('outage', 1);
    await place.outage(async () => {
      const [fault] = await place.sink.append([retried]);
      if (fault?.ok !== false) throw new Error('a fault was expected');
      expect(['STORE_UNAVAILABLE', 'EVENT_LOG_UNAVAILABLE']).toContain(fault.fault.code);
    });
    expect(await outcomes(place.sink, [retried, batch('outage', 2)])).toEqual(['new', 'new']);
    await place.sink.append([retried]);
    expect(await counted('outage')).toEqual([1, 2]);
  });
});

it('refuses batches as overloaded when too much waits, and takes the same ones afterwards', async () => {
  let open: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const stored: number[] = [];
  const sink: EventSink = {
    async append(batches) {
      await gate;
      stored.push(...batches.map(({ sequence }) => sequence));
      return batches.map(() => ({ ok: true, value: 'new' }));
    },
  };
  const service = createEventService({ sink, logger: silentLogger });
  const grant = grantOf({ keyId: 'key-1', keyKind: 'KEY_KIND_SERVER' }, 'env-1');
  const record = (sequence: number) =>
    service.use.record(grant, {
      environment: '',
      instanceId: 'busy',
      sequence,
      events: [],
      dropped: { queue_full: 1 },
    });
  const sequences = Array.from({ length: 3_000 }, (_, index) => index);
  const answers = sequences.map(record);
  open?.();
  const settled = await Promise.all(answers);
  const refused = sequences.filter((sequence) => settled[sequence]?.ok === false);
  expect(refused.length).toBeGreaterThan(0);
  expect(service.counters.overloaded).toBe(refused.length);
  expect(service.counters.sdkDroppedQueueFull).toBe(3_000 - refused.length);
  for (const sequence of refused) expect(await record(sequence)).toMatchObject({ ok: true });
  expect(stored.toSorted((left, right) => left - right)).toEqual(sequences);
});
