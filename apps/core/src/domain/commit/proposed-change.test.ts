import { expect, it } from 'vitest';
import { limits } from '@org/contract';
import { booleanFlag } from '../testing/test-application.ts';
import { checkChanges } from './proposed-change.ts';

const rulesOf = (kind: string, document: object): readonly string[] =>
  checkChanges([{ kind, key: 'x', document, expectedRevision: undefined, field: 'x' }]).findings.map(
    ({ field, rule }) => `${field} ${rule}`,
  );

it('leaves room in a schedule for the reason of its refusal', () => {
  const flag = booleanFlag({ metadata: { text: 'x'.repeat(limits.documentBytesMax - 1_000) } });
  const schedule = {
    at: '2027-01-01T00:00:00Z',
    changes: [{ kind: 'flag', key: 'a', document: flag }],
  };
  expect(rulesOf('flag', flag)).toEqual([]);
  expect(rulesOf('schedule', schedule)).toEqual(['x.document max_bytes']);
  const failed = { at: schedule.at, message: 'No.' };
  expect(rulesOf('schedule', { ...schedule, failed })).toEqual([]);
});
