// Alarms: what each rule says of a world, and that an alarm is told once, whatever comes and goes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert, AlertRule } from '@org/contract/model';
import { judgeAlert, type Judgement } from './judge.ts';
import { endAlert, isFlapping, stepAlert, type AlertNotice, type AlertStatus } from './step.ts';
import { countedAs, type AlertWorld, type MinuteCounts } from './world.ts';

const flat = (value: number, minutes = 60): number[] => Array.from({ length: minutes }, () => value);
const world = (
  counts: { readonly [subject: string]: { readonly [label: string]: readonly number[] } } = {},
  more: Partial<AlertWorld> & { readonly minutesSinceChange?: number } = {},
): AlertWorld => ({
  nowMs: 1_000_000_000,
  counts: (subject): MinuteCounts | undefined =>
    counts[subject] && { series: counts[subject], minutesSinceChange: more.minutesSinceChange ?? 600 },
  eventOf: (metric) => (metric === 'buys' ? 'purchase' : undefined),
  experiments: [],
  rollouts: [],
  breakers: [],
  system: {},
  ...more,
});
const says = (rule: AlertRule, of: AlertWorld): Judgement['verdict'] => judgeAlert(rule, of).verdict;

describe('shares of variants', () => {
  const rule: AlertRule = { type: 'variant_share', flag: 'pay' };
  const served = (on: readonly number[], off: readonly number[]) => ({
    [countedAs.evaluations('pay')]: { on, off },
  });

  it('are compared with those before', () => {
    expect(says(rule, world(served(flat(100), flat(100))))).toBe('good');
    const drifted = served([...flat(100, 55), ...flat(150, 5)], [...flat(100, 55), ...flat(50, 5)]);
    expect(says(rule, world(drifted))).toBe('bad');
    expect(judgeAlert(rule, world(drifted))).toMatchObject({ numbers: { share: 0.75, expected: 0.5 } });
    expect(says({ ...rule, tolerance: 0.3 }, world(drifted))).toBe('good');
  });
  it('are compared with nothing that was before the last change', () => {
    const changed = served([...flat(100, 50), ...flat(150, 10)], [...flat(100, 50), ...flat(50, 10)]);
    expect(says(rule, world(changed))).toBe('bad');
    expect(says(rule, world(changed, { minutesSinceChange: 10 }))).toBe('good');
    expect(says(rule, world(changed, { minutesSinceChange: 5 }))).toBe('unknown');
    expect(says(rule, world(changed, { minutesSinceChange: 0 }))).toBe('unknown');
  });
  it('are compared with what is expected, and by chance alone never', () => {
    const expects: AlertRule = { ...rule, variant: 'on', expected: 0.5, minimum: 10 };
    expect(says(expects, world(served(flat(150), flat(50))))).toBe('bad');
    // 13 of 20: far from a half, and nothing special.
    expect(says(expects, world(served(flat(2.6, 5), flat(1.4, 5))))).toBe('good');
    expect(says({ ...rule, minimum: 1e6 }, world(served(flat(1), flat(0))))).toBe('unknown');
    expect(says(rule, world())).toBe('unknown');
  });
});

it('reasons may have their share', () => {
  const rule: AlertRule = { type: 'reasons', flag: 'pay', shareMax: 0.01 };
  const counts = (errors: number) => ({
    [countedAs.reasons('pay')]: { ERROR: flat(errors), DEFAULT: flat(5), SPLIT: flat(95) },
  });
  expect(says(rule, world(counts(0)))).toBe('good');
  expect(says(rule, world(counts(5)))).toBe('bad');
  expect(says({ ...rule, reasons: ['DEFAULT'] }, world(counts(0)))).toBe('bad');
});

it('exposures want events', () => {
  const rule: AlertRule = { type: 'exposures_without_events', flag: 'pay', metric: 'buys' };
  const exposures = { [countedAs.exposures('pay')]: { count: flat(40) } };
  const events = (count: number) => ({
    ...exposures,
    [countedAs.events('purchase')]: { count: flat(count) },
  });
  expect(says(rule, world(exposures))).toBe('bad');
  expect(says(rule, world(events(1)))).toBe('good');
  expect(says({ ...rule, ratioMin: 0.1 }, world(events(1)))).toBe('bad');
  expect(says({ ...rule, metric: 'gone' }, world(events(1)))).toBe('unknown');
  expect(says(rule, world({}))).toBe('unknown');
});

describe('metrics', () => {
  const events = (count: readonly number[], more: object = {}) =>
    world({ [countedAs.events('purchase')]: { count, ...more } });
  it('have bounds', () => {
    const rule: AlertRule = { type: 'metric', metric: 'buys', comparison: '<', value: 10 };
    expect(says(rule, events(flat(20)))).toBe('good');
    expect(says(rule, events([...flat(20), ...flat(5, 5)]))).toBe('bad');
    const mean: AlertRule = { ...rule, aggregate: 'mean' };
    expect(says(mean, events(flat(1), { valued: flat(2), sum: flat(10) }))).toBe('bad');
    expect(says(mean, events(flat(1), { valued: flat(2), sum: flat(40) }))).toBe('good');
    expect(says(mean, events(flat(1)))).toBe('unknown');
  });
  it('are watched by detectors', () => {
    const noise = Array.from({ length: 120 }, (_, minute) => 100 + ((minute * 7) % 11));
    const outlier: AlertRule = { type: 'metric', metric: 'buys', detector: 'outlier' };
    const shift: AlertRule = { type: 'metric', metric: 'buys', detector: 'shift' };
    for (const rule of [outlier, shift]) {
      expect(says(rule, events(noise))).toBe('good');
      expect(says(rule, events(flat(100, 20)))).toBe('unknown');
      expect(says(rule, events([...noise, ...flat(0, 40)]))).toBe('bad');
    }
    expect(says(outlier, events([...noise, ...flat(300, 5)]))).toBe('bad');
    expect(says(outlier, events(flat(0, 120)))).toBe('good');
  });
});

it('experiments, rollouts, breakers and the installation', () => {
  const experiment = {
    key: 'e',
    guardrails: ['errors'],
    violatedGuardrails: ['errors'],
    sampleRatioMismatch: true,
  };
  const bad = world({}, {
    experiments: [experiment],
    rollouts: [{ key: 'r', state: 'rolled_back', sinceMs: 0, reasons: ['errors'] }],
    breakers: [{ key: 'b', state: 'open', variant: 'on' }],
    system: {
      outboxBacklog: 5,
      pushConnected: false,
      analyticsAnswers: false,
      batchesBehind: 9,
      fleet: { members: 4, refused: 1, behind: 2 },
    },
  }); // prettier-ignore
  const system = (condition: string, value: number) => ({ type: 'system', condition, value }) as AlertRule;
  const rules: readonly AlertRule[] = [
    { type: 'sample_ratio' },
    { type: 'guardrail', metric: 'errors' },
    { type: 'rollout', longerThanMinutes: 5 },
    { type: 'breaker' },
    system('outbox_backlog', 4),
    system('push_disconnected', 0),
    system('analytics_unavailable', 0),
    system('analytics_behind', 5),
    system('fleet_refused', 0.2),
    system('fleet_behind', 0.4),
  ];
  for (const rule of rules) expect([rule, says(rule, bad)]).toEqual([rule, 'bad']);
  const fine = { outboxBacklog: 0, pushConnected: true, analyticsAnswers: true, batchesBehind: 0 };
  const good = world({}, { system: { ...fine, fleet: { members: 4, refused: 0, behind: 0 } } });
  for (const rule of rules) expect([rule, says(rule, good)]).toEqual([rule, 'good']);
  for (const rule of rules.slice(4)) expect(says(rule, world())).toBe('unknown');
  expect(says({ type: 'sample_ratio' }, world({}, { experiments: undefined }))).toBe('unknown');
});

const judged = (verdict: Judgement['verdict']): Judgement => ({ verdict, text: verdict, numbers: {} });
interface Looked {
  readonly status: AlertStatus | undefined;
  readonly notices: readonly AlertNotice[];
}
const alert: Alert = { rule: { type: 'breaker' }, channels: ['ops'], forSeconds: 30, resolveSeconds: 60 };
/** Looks every 10 s; B, G and U are verdicts, in lower case while it is silenced. */
function live(
  looks: string,
  document: Alert = alert,
  acknowledged: (id: string) => boolean = () => false,
): Looked {
  let nowMs = 1_000_000;
  let status: AlertStatus | undefined;
  const notices: AlertNotice[] = [];
  for (const one of looks) {
    const verdict = ({ B: 'bad', G: 'good', U: 'unknown' } as const)[one.toUpperCase() as 'B' | 'G' | 'U'];
    const known = new Set(
      status?.incident !== undefined && acknowledged(status.incident.id) ? [status.incident.id] : [],
    );
    const around = { nowMs, isSilenced: one === one.toLowerCase(), acknowledged: known };
    const step = stepAlert({ key: 'a', revision: 1, alert: document }, status, judged(verdict), around);
    status = step.status;
    notices.push(...step.notices);
    nowMs += 10_000;
  }
  return { status, notices };
}
const events = ({ notices }: Looked): readonly string[] => notices.map(({ event }) => event);

describe('an alarm', () => {
  it('is pending first, is told once, and resolves when it has held', () => {
    expect(live('BBB').status?.state).toBe('pending');
    expect(events(live('BBBG'))).toEqual([]);
    expect(live('BBBG').status?.state).toBe('ok');
    expect(events(live('BBBBBBBB'))).toEqual(['firing']);
    expect(events(live('BBBBGGGBGGGB'))).toEqual(['firing']);
    expect(events(live('BBBBGGGGGGGGG'))).toEqual(['firing', 'resolved']);
    expect(live('BBBBGGGGGGG').status).not.toHaveProperty('incident');
  });
  it('is neither raised nor ended by what is unknown', () => {
    expect(events(live('BUUUUUUUU'))).toEqual([]);
    expect(events(live('BBBBUUUUUUUUUUUU'))).toEqual(['firing']);
  });
  it('is not told while it is silenced, and afterwards if it goes on', () => {
    expect(events(live('bbbbbb'))).toEqual([]);
    expect(events(live('bbbbbbB'))).toEqual(['firing']);
    expect(events(live('bbbbbbgggggggG'))).toEqual([]);
    expect(events(live('BBBBggggggg'))).toEqual(['firing', 'resolved']);
  });
  it('is told again until somebody looks at it', () => {
    const again: Alert = { ...alert, repeatMinutes: 1 };
    expect(events(live(`BBB${'B'.repeat(13)}`, again))).toEqual(['firing', 'still_firing', 'still_firing']);
    expect(events(live(`BBB${'B'.repeat(13)}GGGGGGG`, again, () => true))).toEqual(['firing', 'resolved']);
    expect(new Set(live(`BBB${'B'.repeat(30)}`, again).notices.map(({ id }) => id)).size).toBe(5);
  });
  it('that flaps stays, for longer each time', () => {
    const quick: Alert = { ...alert, forSeconds: 0, resolveSeconds: 10 };
    const flapping = live('BGG'.repeat(12), quick);
    expect(events(flapping).filter((event) => event === 'firing').length).toBeLessThanOrEqual(3);
    expect(isFlapping(flapping.status!)).toBe(true);
  });
  it('ends with its document', () => {
    const { status } = live('BBBB');
    expect(endAlert(status!, 2_000_000, 'removed')).toMatchObject({
      status: { state: 'ok' },
      notices: [{ event: 'resolved', text: 'removed' }],
    });
  });
  it('is not moved by clocks that jump', () => {
    const first = live('B').status;
    const around = { isSilenced: false, acknowledged: new Set<string>() };
    const slow: Alert = { ...alert, forSeconds: 600 };
    const standing = { key: 'a', revision: 1, alert: slow };
    const later = stepAlert(standing, first, judged('bad'), { ...around, nowMs: 1e12 });
    expect(later.status.state).toBe('pending');
    const back = stepAlert(standing, later.status, judged('bad'), { ...around, nowMs: 5 });
    expect(back.status.state).toBe('pending');
  });

  it('is told in order and never twice, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...'BGUbgu'), { maxLength: 400 }), (looks) => {
        const { notices, status } = live(looks.join(''));
        expect(new Set(notices.map(({ id }) => id)).size).toBe(notices.length);
        notices.forEach(({ event }, index) => expect(event).toBe(index % 2 === 0 ? 'firing' : 'resolved'));
        if (status?.state !== 'firing') expect(notices.length % 2).toBe(0);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
