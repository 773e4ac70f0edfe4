// Who uses a document, and that what is used stays.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '@org/contract/gen/flags/v1/document';
import {
  booleanFlag,
  commitOf,
  faultOf,
  put,
  remove,
  startInstallation,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';

let core: TestInstallation;
const commit = (...changes: Change[]) => core.application.admin.commit(core.grant, commitOf(changes));
const uses = async (kind: string, key: string) =>
  valueOf(await core.application.admin.whereUsed(core.grant, kind, key)).usages.map((usage) => [
    `${usage.kind}/${usage.key}`,
    usage.indirect ? 'indirect' : usage.places.join(' '),
    usage.blocksDeletion,
  ]);

beforeAll(async () => {
  core = await startInstallation();
  const inSegment = (key: string) => ({ op: 'segment', key });
  const rule = (when: object) => ({ id: 'r', when, serve: { variant: 'off' } });
  valueOf(
    await commit(
      put('segment', 'staff', { when: { op: 'exists', attribute: 'x' } }),
      put('segment', 'insiders', {
        when: { op: 'and', of: [inSegment('staff'), { op: 'not', of: inSegment('staff') }] },
      }),
      put('flag', 'base', booleanFlag()),
      put('flag', 'a', booleanFlag({ rules: [rule(inSegment('insiders'))] })),
      put('flag', 'b', booleanFlag({ prerequisites: [{ flag: 'a', variants: ['on'] }] })),
      put('overlay', 'o', {
        target: { kind: 'flag', key: 'base' },
        patch: { serve: { variant: 'off' } },
        eligibility: inSegment('staff'),
        ranges: [],
        mode: 'shadow',
      }),
      put('schedule', 's', {
        at: '2030-01-01T00:00:00Z',
        changes: [
          { kind: 'flag', key: 'c', document: booleanFlag({ rules: [rule(inSegment('staff'))] }) },
          { kind: 'overlay', key: 'o', document: null },
        ],
      }),
    ),
  );
});
afterAll(() => core.close());

describe('who uses a document', () => {
  it('is told directly and indirectly, with the places', async () => {
    expect(await uses('segment', 'staff')).toEqual([
      ['overlay/o', 'eligibility', true],
      ['schedule/s', 'changes[0].document.rules[0].when', true],
      ['segment/insiders', 'when.of[0] when.of[1].of', true],
      ['flag/a', 'indirect', false],
      ['flag/b', 'indirect', false],
      ['flag/base', 'indirect', false],
    ]);
    expect(await uses('overlay', 'o')).toEqual([['schedule/s', 'changes[1]', false]]);
    expect(await uses('flag', 'b')).toEqual([]);
    expect(faultOf(await core.application.admin.whereUsed(core.grant, 'flag', 'typo')).code).toBe(
      'NOT_FOUND',
    );
  });

  it('keeps it from being removed, and is named in the refusal', async () => {
    expect(faultOf(await commit(remove('segment', 'staff'))).violations).toEqual([
      {
        field: 'changes[0]',
        rule: 'in_use',
        message:
          'The segment "staff" is used by overlay "o" (eligibility), schedule "s" (changes[0].document.rules[0].when), segment "insiders" (when.of[0]).',
      },
    ]);
    expect(
      faultOf(await commit(remove('flag', 'a'), remove('segment', 'insiders'))).violations,
    ).toMatchObject([
      { field: 'changes[0]', message: 'The flag "a" is used by flag "b" (prerequisites[0]).' },
    ]);
  });

  it('does not keep it when its users go, too', async () => {
    valueOf(await commit(remove('flag', 'b'), remove('flag', 'a'), remove('segment', 'insiders')));
    valueOf(await commit(remove('overlay', 'o')));
  });
});
