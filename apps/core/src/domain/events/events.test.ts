import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordRequest, type Event } from '@org/contract/gen/flags/v1/event_service';
import { readEventLog } from '../../store/event-store.ts';
import { openDatabases } from '../../store/open-driver.ts';
import { dialects } from '../testing/test-database.ts';
import {
  faultOf,
  grantOf,
  startCore,
  startInstallation,
  valueOf,
  type TestCore,
  type TestInstallation,
} from '../testing/test-application.ts';
import { gapsMax } from '@org/events/seen-sequences';

const timeMs = 1_800_000_000_000;
const exposure = (user: string, more: object = {}): Event => ({
  timeMs,
  body: {
    $case: 'exposure',
    value: {
      flagKey: 'f',
      variant: 'on',
      rule: 'default',
      revision: 3,
      units: { user },
      excluded: false,
      attributes: undefined,
      ...more,
    },
  },
});
const metric = (more: object = {}): Event => ({
  timeMs,
  body: {
    $case: 'metric',
    value: {
      name: 'purchase',
      value: 12.5,
      units: { user: 'u' },
      attributes: undefined,
      revision: 1,
      ...more,
    },
  },
});
const counted = (more: object = {}): Event => ({
  timeMs,
  body: {
    $case: 'evaluationCount',
    value: {
      flagKey: 'f',
      variant: 'on',
      reason: 'SPLIT',
      rule: 'default',
      revision: 1,
      count: 7,
      fromMs: timeMs - 60_000,
      errorCode: '',
      evaluationTime: undefined,
      ...more,
    },
  },
});
const batch = (instanceId: string, sequence: number, events: Event[] = [exposure('u')]): RecordRequest => ({
  environment: '',
  instanceId,
  sequence,
  events,
  dropped: {},
});

describe.each(dialects)('the event log on %s', (dialect) => {
  let core: TestInstallation;
  let other: TestCore;

  beforeAll(async () => {
    core = await startInstallation(dialect);
    other = await startCore(core.database.url);
  });
  afterAll(async () => {
    await other.running.close();
    await core.close();
  });

  const record = async (request: RecordRequest, at: TestCore = core) =>
    valueOf(await at.application.events.record(core.grant, request));
  const stored = async (instanceId: string) => {
    const { events, close } = await openDatabases(core.database.url);
    const rows = await readEventLog(events, 0, 10_000);
    await close();
    expect(rows.map(({ position }) => position)).toEqual(rows.map((_, index) => index + 1));
    return rows.filter((row) => row.instanceId === instanceId);
  };

  it('stores a batch as it came, once, whoever takes it', async () => {
    const request = {
      ...batch('once', 0, [exposure('größe'), metric(), counted()]),
      dropped: { queue_full: 3 },
    };
    expect(await record(request)).toEqual({ duplicate: false });
    expect(await record(request)).toEqual({ duplicate: true });
    expect(await record(request, other)).toEqual({ duplicate: true });
    const [row, ...rest] = await stored('once');
    expect([row?.environmentId, row?.sequence, row?.keyId, rest]).toEqual([
      core.environmentId,
      0,
      'admin',
      [],
    ]);
    expect(RecordRequest.decode(row?.batch ?? new Uint8Array())).toEqual(request);
  });

  it('takes batches that overtake each other, and repeats of them, once each', async () => {
    const order = [3, 0, 2, 0, 5, 1, 4, 2, 5];
    const answers = [];
    for (const sequence of order) answers.push((await record(batch('shuffled', sequence))).duplicate);
    expect(answers).toEqual([false, false, false, true, false, false, false, true, true]);
    expect((await stored('shuffled')).map(({ sequence }) => sequence)).toEqual([3, 0, 2, 5, 1, 4]);
  });

  it('takes many at once on two cores, each once', async () => {
    const requests = Array.from({ length: 120 }, (_, index) => batch(`many-${index % 3}`, index % 40));
    const answers = await Promise.all(
      requests.flatMap((request) => [record(request), record(request, other)]),
    );
    expect(answers.filter(({ duplicate }) => !duplicate).length).toBe(120);
    for (const instance of [0, 1, 2]) expect((await stored(`many-${instance}`)).length).toBe(40);
  });

  it('keeps environments apart', async () => {
    await record(batch('same', 1));
    const environment = { project: 'shop', key: 'other', name: '', allowedOrigins: [] };
    const { id } = valueOf(await core.application.access.createEnvironment(core.admin, environment));
    expect(valueOf(await core.application.events.record(grantOf(core.admin, id), batch('same', 1)))).toEqual({
      duplicate: false,
    });
  });

  it('counts and drops what comes so late that it cannot be told apart', async () => {
    await record(batch('late', 10_000));
    const before = core.running.status().counters['tooLate'] ?? 0;
    expect(await record(batch('late', 1))).toEqual({ duplicate: true });
    expect(core.running.status().counters['tooLate']).toBe(before + 1);
  });

  it('counts and drops what comes from a gap that was given up', async () => {
    // Every other sequence: more gaps than are kept.
    for (let sequence = 1; sequence <= 2 * gapsMax + 3; sequence += 2) await record(batch('gaps', sequence));
    const before = core.running.status().counters['tooLate'] ?? 0;
    expect(await record(batch('gaps', 0))).toEqual({ duplicate: true });
    expect(core.running.status().counters['tooLate']).toBe(before + 1);
    expect(await record(batch('gaps', 2 * gapsMax))).toEqual({ duplicate: false });
    expect(await record(batch('gaps', 2 * gapsMax))).toEqual({ duplicate: true });
    expect(core.running.status().counters['tooLate']).toBe(before + 1);
  });

  it.each<readonly [string, RecordRequest, string, string]>([
    ['no instance', batch('', 0), 'instance_id', 'required'],
    ['a long instance', batch('x'.repeat(129), 0), 'instance_id', 'max_length'],
    ['a sequence in halves', batch('bad', 0.5), 'sequence', 'uint32'],
    ['nothing', batch('bad', 0, []), 'events', 'min_items'],
    [
      'too much',
      batch(
        'bad',
        0,
        Array.from({ length: 501 }, () => exposure('u')),
      ),
      'events',
      'max_items',
    ],
    [
      'an event without body',
      batch('bad', 0, [exposure('u'), { timeMs, body: undefined }]),
      'events[1]',
      'required',
    ],
    [
      'a time of no use',
      batch('bad', 0, [{ ...exposure('u'), timeMs: Number.NaN }]),
      'events[0].time_ms',
      'unix_ms',
    ],
    ['a unit without a key', batch('bad', 0, [exposure('')]), 'events[0].exposure.units', 'required'],
    [
      'an exposure of nothing',
      batch('bad', 0, [exposure('u', { flagKey: '' })]),
      'events[0].exposure.flag_key',
      'required',
    ],
    [
      'too many units',
      batch('bad', 0, [
        exposure('u', { units: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`k${at}`, 'u'])) }),
      ]),
      'events[0].exposure.units',
      'max_members',
    ],
    [
      'a value that is no number',
      batch('bad', 0, [metric({ value: Number.POSITIVE_INFINITY })]),
      'events[0].metric.value',
      'finite',
    ],
    [
      'too large attributes',
      batch('bad', 0, [metric({ attributes: { text: 'x'.repeat(5_000) } })]),
      'events[0].metric.attributes',
      'max_bytes',
    ],
    [
      'attributes that are no JSON',
      batch('bad', 0, [metric({ attributes: { n: Number.NaN } })]),
      'events[0].metric.attributes.n',
      'finite',
    ],
    [
      'a count of nothing',
      batch('bad', 0, [counted({ flagKey: '' })]),
      'events[0].evaluation_count.flag_key',
      'required',
    ],
  ])('refuses a batch of %s whole', async (_name, request, field, rule) => {
    const fault = faultOf(await core.application.events.record(core.grant, request));
    expect(fault).toMatchObject({ code: 'INVALID_REQUEST', violations: [{ field, rule }] });
    expect(await stored('bad')).toEqual([]);
  });
});
