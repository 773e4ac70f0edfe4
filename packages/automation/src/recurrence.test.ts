// The times of recurring schedules, above all where clocks change. Berlin: 29 March 2026 from 02:00 to 03:00, 25 October 2026
// from 03:00 back to 02:00. Lord Howe: half an hour. Apia: no 30 December 2011.
import { describe, expect, it } from 'vitest';
import type { Recurrence } from '@org/contract/model';
import { checkRecurrence, nextRun } from './index.ts';

function runs(recurrence: Recurrence, after: string, count = 4): readonly (string | undefined)[] {
  const found: (string | undefined)[] = [];
  let at: number | undefined = Date.parse(after);
  while (found.length < count && at !== undefined) {
    at = nextRun(recurrence, at);
    found.push(at === undefined ? undefined : new Date(at).toISOString().slice(0, 16));
  }
  return found;
}
const berlin = (cron: string, more: object = {}): Recurrence => ({
  cron,
  timeZone: 'Europe/Berlin',
  ...more,
});

describe('a recurring schedule', () => {
  it('keeps its local time over a change of the clocks', () => {
    expect(runs(berlin('0 9 * * *'), '2026-03-27T12:00:00Z', 3)).toEqual([
      '2026-03-28T08:00',
      '2026-03-29T07:00',
      '2026-03-30T07:00',
    ]);
  });

  it('runs at the change when its local time is skipped, once', () => {
    expect(runs(berlin('30 2 * * *'), '2026-03-28T00:00:00Z', 3)).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    expect(runs(berlin('*/20 * * * *'), '2026-03-29T00:30:00Z', 4)).toEqual([
      '2026-03-29T00:40',
      '2026-03-29T01:00',
      '2026-03-29T01:20',
      '2026-03-29T01:40',
    ]);
  });

  it('runs once, the first time, when its local time comes twice', () => {
    expect(runs(berlin('30 2 * * *'), '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    expect(runs(berlin('30 * * * *'), '2026-10-24T23:45:00Z', 3)).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T02:30',
      '2026-10-25T03:30',
    ]);
    expect(runs(berlin('30 2 * * *'), '2026-10-25T01:10:00Z', 1)).toEqual(['2026-10-26T01:30']);
  });

  it('knows changes of half an hour, and days that never were', () => {
    const lordHowe = { cron: '15 2 * * *', timeZone: 'Australia/Lord_Howe' };
    expect(runs(lordHowe, '2026-10-03T00:00:00Z', 2)).toEqual(['2026-10-03T15:30', '2026-10-04T15:15']);
    const apia = { cron: '0 12 * * *', timeZone: 'Pacific/Apia' };
    expect(runs(apia, '2011-12-29T00:00:00Z', 3)).toEqual([
      '2011-12-29T22:00',
      '2011-12-30T10:00',
      '2011-12-30T22:00',
    ]);
  });

  it('begins and ends when it is told', () => {
    const bounded = berlin('0 9 * * MON', {
      startsAt: '2026-11-09T09:00:00+01:00',
      endsAt: '2026-11-16T09:00:00+01:00',
    });
    expect(runs(bounded, '2026-01-01T00:00:00Z', 4)).toEqual([
      '2026-11-09T08:00',
      '2026-11-16T08:00',
      undefined,
    ]);
  });

  it('takes either day where days of month and of week are both named, and the last of a month', () => {
    expect(runs(berlin('0 0 13 * FRI'), '2026-11-11T00:00:00Z', 2)).toEqual([
      '2026-11-12T23:00',
      '2026-11-19T23:00',
    ]);
    expect(runs(berlin('0 0 L * *'), '2026-02-01T00:00:00Z', 2)).toEqual([
      '2026-02-27T23:00',
      '2026-03-30T22:00',
    ]);
  });
});

it.each([
  [berlin('* * * *'), 'cron', 'cron'],
  [berlin('61 * * * *'), 'cron', 'cron'],
  [berlin('@daily'), 'cron', 'cron'],
  [berlin('0 0 30 2 *'), 'cron', 'never'],
  [{ cron: '0 9 * * *', timeZone: 'Europe/Berlim' }, 'timeZone', 'time_zone'],
  [{ cron: '0 9 * * *', timeZone: '+01:00' }, 'timeZone', 'time_zone'],
  [berlin('0 9 * * *', { endsAt: '9999-12-31T23:59:59-12:00' }), 'endsAt', 'instant'],
  [berlin('0 9 * * *', { startsAt: '0000-06-01T00:00:00Z' }), 'startsAt', 'instant'],
  [berlin('0 9 * * *', { startsAt: '9999-12-31T23:59:00Z' }), 'cron', 'never'],
  [
    berlin('0 9 * * *', { startsAt: '2026-01-02T00:00:00Z', endsAt: '2026-01-01T00:00:00Z' }),
    'endsAt',
    'after_start',
  ],
])('refuses %j', (recurrence, path, rule) => {
  expect(checkRecurrence(recurrence)).toMatchObject([{ path, rule }]);
});

it('accepts what has times', () => {
  expect(checkRecurrence(berlin('0 9 * * MON-FRI'))).toEqual([]);
});
