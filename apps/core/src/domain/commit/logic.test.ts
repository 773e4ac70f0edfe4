// Flags with logic (docs/spec/logic.md) through a whole commit: taken when they are right, refused by field when not.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  booleanFlag,
  commitOf,
  faultOf,
  put,
  startInstallation,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';

let core: TestInstallation;
beforeAll(async () => {
  core = await startInstallation();
});
afterAll(() => core.close());

const served = (logic: unknown, more: object = {}) =>
  booleanFlag({ rules: [{ id: 'r', when: { op: 'and', of: [] }, serve: { logic } }], ...more });
const commit = (...changes: Parameters<typeof commitOf>[0]) =>
  core.application.admin.commit(core.grant, commitOf(changes));

it('takes logic that not every context can be evaluated by, and answers it', async () => {
  const logic = { if: [{ '===': [{ '%': [{ $ref: 'size' }, 2] }, 1] }, 'on', 'off'] };
  valueOf(
    await commit(
      put('segment', 'size', { when: { op: 'logic', logic: { var: 'size' } } }),
      put('flag', 'odd', served(logic)),
    ),
  );
  const { evaluator } = core.application.environments.replica(core.environmentId)!;
  expect(evaluator.evaluate('odd', { size: 3 })).toMatchObject({ variant: 'on', reason: 'TARGETING_MATCH' });
  expect(evaluator.evaluate('odd', { size: 4 }).variant).toBe('off');
  expect(evaluator.evaluate('odd', {}).errorCode).toBe('PARSE_ERROR');
});

it.each([
  ['an unknown operator', served({ nope: 1 }), 'rules[0].serve.logic', 'logic_operator'],
  [
    'a missing segment',
    served({ if: [{ $ref: 'nobody' }, 'on'] }),
    'rules[0].serve.logic.if[0]',
    'unknown_segment',
  ],
  ['browsers', served('on', { clientVisible: true }), '', 'logic_browsers'],
  ['a default', booleanFlag({ default: { logic: 'on' } }), 'default', 'required'],
])('refuses logic with or for %s', async (_what, flag, path, rule) => {
  const { violations } = faultOf(await commit(put('flag', 'new', flag)));
  expect(violations?.map((one) => [one.field, one.rule])).toContainEqual([
    path === '' ? 'changes[0].document' : expect.stringContaining(`changes[0].document.${path}`),
    rule,
  ]);
});

it('takes logic for browsers that ask the server', async () => {
  valueOf(await commit(put('flag', 'remote', served('on', { clientVisible: true, remoteEvaluation: true }))));
});
