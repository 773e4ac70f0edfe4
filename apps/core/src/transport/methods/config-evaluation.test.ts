// Configurations for callers without an SDK of ours: a config answers to `config:<key>` wherever a flag is asked for.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Config } from '@org/contract/model';
import {
  commitOf,
  put,
  startInstallation,
  valueOf,
  type TestInstallation,
} from '../../domain/testing/test-application.ts';
import { evaluateFlag } from './evaluation.ts';

let core: TestInstallation;
const pricing: Config = {
  schema: {
    discount: { type: 'number', default: 10 },
    price: {
      type: 'formula',
      fallback: 0,
      default: {
        op: 'subtract',
        of: [
          { op: 'attribute', attribute: 'base' },
          { op: 'parameter', name: 'discount' },
        ],
      },
    },
    isBig: { type: 'condition', default: { op: 'greater', attribute: 'base', value: 50 } },
  },
  rules: [{ id: 'vip', when: { op: 'equals', attribute: 'tier', value: 'vip' }, patch: { discount: 30 } }],
};
beforeAll(async () => {
  core = await startInstallation();
  const documents = [
    put('config', 'pricing', pricing),
    put('config', 'shown', { ...pricing, clientVisible: true }),
  ];
  valueOf(await core.application.admin.commit(core.grant, commitOf(documents)));
});
afterAll(() => core.close());

it('answers every value for the context, formulas and conditions with their results', () => {
  const replica = core.application.environments.replica(core.environmentId)!;
  const context = { targetingKey: 'u', base: 60, tier: 'vip' };
  expect(evaluateFlag(replica, 'server', 'config:pricing', context)).toMatchObject({
    flagKey: 'config:pricing',
    value: { discount: 30, price: 30, isBig: true },
    rule: 'rule:vip',
    reason: 'TARGETING_MATCH',
  });
  expect(evaluateFlag(replica, 'server', 'config:pricing', {}).value).toEqual({
    discount: 10,
    price: 0,
    isBig: false,
  });
  expect(evaluateFlag(replica, 'server', 'config:nowhere', context).errorCode).toBe('FLAG_NOT_FOUND');
});

it('answers browsers for those that are client-visible only', () => {
  const replica = core.application.environments.replica(core.environmentId)!;
  expect(evaluateFlag(replica, 'client', 'config:pricing', {}).errorCode).toBe('FLAG_NOT_FOUND');
  expect(evaluateFlag(replica, 'client', 'config:shown', {}).value).toMatchObject({ discount: 10 });
});
