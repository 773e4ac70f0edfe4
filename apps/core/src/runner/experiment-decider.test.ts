// Experiments that decide by themselves: on what analytics recommends, once, with the numbers frozen.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { succeed } from '@org/contract';
import { ExperimentResults } from '@org/contract/gen/flags/v1/analytics_service';
import type { Experiment } from '@org/contract/model';
import {
  booleanFlag,
  commitOf,
  put,
  startInstallation,
  until,
  valueOf,
  type TestInstallation,
} from '../domain/testing/test-application.ts';

let core: TestInstallation;
let action = 'keep_running';
let asked = 0;
const analytics = {
  tell: [() => Promise.resolve(true)],
  ask(_grant: unknown, method: string) {
    if (method.endsWith('/Results')) asked += 1;
    const recommendation = { action, variant: 'on', reasons: ['+5 % [1 %, 9 %]'] };
    const results = ExperimentResults.fromPartial({ experiment: 'test', recommendation });
    return Promise.resolve(succeed(ExperimentResults.encode(results).finish()));
  },
};
const experiment: Experiment = {
  target: { kind: 'flag', key: 'test' },
  variants: [
    { variant: 'off', weight: 1 },
    { variant: 'on', weight: 1 },
  ],
  control: 'off',
  allocation: 100_000,
  metrics: [{ key: 'purchases', role: 'goal' }],
  plan: { method: 'sequential', alpha: 0.05 },
  decisionRule: 'automatic',
};
const metric = { type: 'conversion', selection: { event: 'buy' }, direction: 'increase' };

beforeEach(async () => {
  asked = 0;
  core = await startInstallation('sqlite', { analytics, decisionIntervalMs: 20 });
  const changes = [
    put('flag', 'test', booleanFlag({ default: { variant: 'off' } })),
    put('metric', 'purchases', metric),
    put('experiment', 'test', experiment),
  ];
  valueOf(await core.application.admin.commit(core.grant, commitOf(changes)));
  const step = { environment: '', key: 'test', author: '', reason: '', idempotencyKey: '' };
  valueOf(await core.application.experiments.start(core.grant, step));
});
afterEach(() => core.close());

const read = async (kind: string) =>
  valueOf(await core.application.admin.getDocument(core.grant, kind, 'test')).document as never;
const lifeOf = async () => ((await read('experiment')) as Experiment).life;

it('keeps running until it is clear, then ships once with its reasons and results', async () => {
  action = 'keep_running';
  await until(() => asked >= 3);
  expect((await lifeOf())?.state).toBe('running');
  action = 'ship';
  await until(async () => (await lifeOf())?.state === 'decided');
  expect(await lifeOf()).toMatchObject({
    stoppedBy: 'controller:experiment',
    decision: {
      outcome: 'ship',
      variant: 'on',
      reasons: ['Decided by its plan: ship.', '+5 % [1 %, 9 %]'],
      results: { experiment: 'test' },
    },
  });
  expect(await read('flag')).toMatchObject({ default: { variant: 'on' } });
});

it('does nothing while data faults block it', async () => {
  action = 'blocked';
  await until(() => asked >= 3);
  expect((await lifeOf())?.state).toBe('running');
});
