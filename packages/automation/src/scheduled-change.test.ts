import { describe, expect, it } from 'vitest';
import type { Schedule } from '@org/contract/model';
import { parseInstant, scheduledChange } from './index.ts';

const at = '2027-01-01T09:00:00+01:00';
const atMs = Date.parse('2027-01-01T08:00:00Z');
const spec: Schedule = {
  at,
  changes: [{ kind: 'flag', key: 'f', document: null }],
  author: 'ada',
  reason: 'launch',
};
const subject = { key: 's', revision: 7, changedAtMs: 0, spec };
const noRefusals = { refusals: [] };

describe('a schedule', () => {
  it('waits until its instant', () => {
    expect(scheduledChange.step(subject, noRefusals, atMs - 1)).toEqual({ commits: [], wakeAtMs: atMs });
  });

  it('commits its changes and its own removal at its instant', () => {
    const removal = { kind: 'schedule', key: 's', document: null, expectedDocumentRevision: 7 };
    expect(scheduledChange.step(subject, noRefusals, atMs).commits).toEqual([
      { step: 'execute', changes: [spec.changes[0], removal], author: 'ada', reason: 'launch' },
    ]);
  });

  it('writes a refusal into itself and waits for its author', () => {
    const refused = scheduledChange.step(
      subject,
      { refusals: [{ step: 'execute', message: 'no' }] },
      atMs + 5,
    );
    const failed = { at: new Date(atMs + 5).toISOString(), message: 'no' };
    expect(refused.commits).toMatchObject([{ step: 'fail', changes: [{ document: { ...spec, failed } }] }]);
    expect(
      scheduledChange.step({ ...subject, spec: { ...spec, failed } }, noRefusals, atMs + 9).commits,
    ).toEqual([]);
  });

  it('fails when its instant is none', () => {
    const broken = { ...subject, spec: { ...spec, at: 'tomorrow' } };
    expect(scheduledChange.step(broken, noRefusals, atMs).commits).toMatchObject([{ step: 'fail' }]);
  });
});

it.each([
  ['2027-01-01T08:00:00Z', atMs],
  ['2027-01-01T08:00:00.250Z', atMs + 250],
  ['2027-01-01T03:30:00-04:30', atMs],
  ['2027-01-01T08:00:00', undefined],
  ['2027-13-01T08:00:00Z', undefined],
  [12, undefined],
])('reads the instant %s', (text, expected) => {
  expect(parseInstant(text)).toBe(expected);
});
