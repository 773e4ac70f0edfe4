// Recurring schedules on several cores, with the database's clock in the test's hands: each time runs once, whoever holds
// the lease, and what was missed is made up for once.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeRuntime } from '../runtime.ts';
import { dialects } from '../domain/testing/test-database.ts';
import {
  booleanFlag,
  commitOf,
  faultOf,
  put,
  startCore,
  startInstallation,
  until,
  valueOf,
  type TestInstallation,
} from '../domain/testing/test-application.ts';

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 5, 1, 10, 30);
const runtime = { ...nodeRuntime, now: () => startMs };

describe.each(dialects)('a recurring schedule on %s', (dialect) => {
  let core: TestInstallation;
  let offsetMs: number;
  const databaseClock = async (): Promise<number> => startMs + offsetMs;

  beforeEach(async () => {
    offsetMs = 0;
    core = await startInstallation(dialect, { databaseClock, runtime });
  });
  afterEach(() => core.close());

  const hourly = { cron: '0 * * * *', timeZone: 'UTC' };
  const changes = [{ kind: 'flag', key: 'a', document: booleanFlag() }];
  const commit = (document: object) =>
    core.application.admin.commit(core.grant, commitOf([put('schedule', 's', { changes, ...document })]));
  const read = async () => {
    const stored = await core.application.admin.getDocument(core.grant, 'schedule', 's');
    return stored.ok ? (stored.value.document as { lastRun?: { dueAt: string } }) : undefined;
  };
  const runs = async () =>
    valueOf(
      await core.application.admin.listHistory(core.grant, { pageSize: 0, pageToken: '', kind: '', key: '' }),
    ).items.filter(({ principalName }) => principalName === 'controller:schedule');
  const dueAt = async (): Promise<string> => (await read())?.lastRun?.dueAt ?? '';
  /** The last full hour by the database's clock. */
  const fullHour = (): string => new Date(Math.floor((startMs + offsetMs) / hourMs) * hourMs).toISOString();

  it('runs once for each time, however the lease changes hands, and makes up for missed times once', async () => {
    valueOf(await commit({ recurrence: hourly, author: 'ada' }));
    const others = [];
    for (let index = 0; index < 2; index += 1)
      others.push(await startCore(core.database.url, { databaseClock, runtime }));
    const expected: string[] = [];
    for (const hours of [1, 1, 5, 1]) {
      // Each jump takes the lease from its holder.
      offsetMs += hours * hourMs;
      await until(async () => (await dueAt()) !== (expected.at(-1) ?? ''));
      expected.push(await dueAt());
    }
    // The first time that was missed is the one that is named; the run stands for all of them.
    expect(new Set(expected).size).toBe(4);
    expect(Date.parse(fullHour()) - Date.parse(expected[3] ?? '')).toBe(0);
    const made = await runs();
    expect(made.length).toBe(4);
    expect(new Set(made.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(4);
    expect(made[0]).toMatchObject({ author: 'ada', reason: `Scheduled for ${expected[3]}.` });
    await Promise.all(others.map(({ running }) => running.close()));
  });

  it('does nothing while it is paused, and goes on with its next time', async () => {
    valueOf(await commit({ recurrence: hourly, paused: true }));
    offsetMs += 3 * hourMs;
    await until(async () => core.running.status().runner === 'leader');
    valueOf(await commit({ recurrence: hourly }));
    await until(async () => (await dueAt()) !== '');
    expect((await runs()).length).toBe(1);
    const later = faultOf(
      await commit({ recurrence: hourly, lastRun: { dueAt: fullHour(), at: fullHour() } }),
    );
    expect(later.violations).toMatchObject([{ rule: 'server_state' }]);
    valueOf(await commit({ recurrence: { ...hourly, cron: '30 * * * *' } }));
    expect(await read()).toHaveProperty('lastRun');
  });

  it('is listed with its next runs, and with what became of it', async () => {
    const list = async () => {
      const { items } = valueOf(
        await core.application.admin.listSchedules(core.grant, { pageSize: 0, pageToken: '' }),
      );
      return items.map(({ schedule, state, nextRuns, lastRun }) => ({
        key: schedule?.key,
        state,
        hours: nextRuns.map(({ seconds }) => new Date(seconds * 1_000).toISOString().slice(11, 13)),
        lastRun: lastRun?.seconds,
      }));
    };
    valueOf(await commit({ recurrence: hourly }));
    expect(await list()).toEqual([
      {
        key: 's',
        state: 'SCHEDULE_STATE_WAITING',
        hours: ['11', '12', '13', '14', '15'],
        lastRun: undefined,
      },
    ]);
    offsetMs += hourMs;
    await until(async () => (await dueAt()) !== '');
    expect(await list()).toMatchObject([
      { hours: ['12', '13', '14', '15', '16'], lastRun: (startMs + hourMs) / 1_000 },
    ]);
    valueOf(await commit({ recurrence: hourly, paused: true }));
    expect(await list()).toMatchObject([{ state: 'SCHEDULE_STATE_PAUSED', hours: [] }]);
    const missing = booleanFlag({ prerequisites: [{ flag: 'nothing', variants: ['on'] }] });
    const refused = { changes: [{ kind: 'flag', key: 'a', document: missing }] };
    valueOf(await commit({ at: new Date(startMs).toISOString(), ...refused }));
    await until(async () => (await list())[0]?.state === 'SCHEDULE_STATE_FAILED');
  });

  it('is gone after its last run', async () => {
    const endsAt = new Date(startMs + 2 * hourMs).toISOString();
    valueOf(await commit({ recurrence: { ...hourly, endsAt } }));
    offsetMs += 2 * hourMs;
    await until(async () => (await read()) === undefined);
    expect((await runs()).length).toBe(1);
  });

  it('is refused with what is wrong about its times', async () => {
    const odd = { cron: '0 0 30 2 *', timeZone: 'Mars/Olympus' };
    expect(faultOf(await commit({ recurrence: odd })).violations).toMatchObject([
      { field: 'changes[0].document.recurrence.timeZone', rule: 'time_zone' },
    ]);
    expect(
      faultOf(await commit({ recurrence: hourly, at: '2027-01-01T00:00:00Z' })).violations,
    ).toMatchObject([{ field: 'changes[0].document.at', rule: 'one_of' }]);
    expect(faultOf(await commit({})).violations).toMatchObject([{ rule: 'required' }]);
  });
});
