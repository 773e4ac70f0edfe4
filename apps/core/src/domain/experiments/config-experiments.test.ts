// Experiments on configurations: patches by variant, applied by the overlay, checked as drafts, shipped into the values.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Config, Experiment } from '@org/contract/model';
import type { Change } from '@org/contract/gen/flags/v1/document';
import {
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
  const metric = { type: 'conversion', selection: { event: 'buy' }, direction: 'increase' };
  valueOf(await commit(put('metric', 'purchases', metric), put('config', 'pricing', pricing)));
});
afterAll(() => core.close());

const commit = (...changes: Change[]) => core.application.admin.commit(core.grant, commitOf(changes));
const stepOf = (key: string) => ({ environment: '', key, author: '', reason: '', idempotencyKey: '' });
const pricing: Config = {
  schema: {
    discount: { type: 'object', members: { max: { type: 'number', default: 10, max: 50 } } },
    mode: { type: 'enum', options: ['fast', 'safe'], default: 'safe' },
  },
  rules: [{ id: 'vip', when: { op: 'equals', attribute: 'tier', value: 'vip' }, patch: { mode: 'fast' } }],
};
const experimentWith = (more: Partial<Experiment> = {}): Experiment => ({
  target: { kind: 'config', key: 'pricing' },
  variants: [
    { variant: 'control', weight: 1 },
    { variant: 'more', weight: 1, patch: { values: { discount: { max: 20 } } } },
  ],
  control: 'control',
  allocation: 100_000,
  metrics: [{ key: 'purchases', role: 'goal' }],
  plan: { method: 'sequential', alpha: 0.05 },
  ...more,
});

it('refuses a draft whose config is missing, or whose patch does not fit it', async () => {
  const refused = async (experiment: Experiment) =>
    faultOf(await commit(put('experiment', 'e', experiment))).violations?.map(
      ({ field, rule }) => `${field} ${rule}`,
    );
  const [control] = experimentWith().variants;
  const document = 'changes[0].document';
  expect(await refused(experimentWith({ target: { kind: 'config', key: 'nowhere' } }))).toEqual([
    `${document}.target.key unknown_config`,
  ]);
  const patch = { values: { discount: { max: 60 }, nope: 1 } };
  expect(
    await refused(experimentWith({ variants: [control!, { variant: 'more', weight: 1, patch }] })),
  ).toEqual([
    `${document}.variants[1].patch.values.discount.max max_value`,
    `${document}.variants[1].patch.values.nope unknown_parameter`,
  ]);
  expect(await refused(experimentWith({ target: { kind: 'flag', key: 'pricing' } }))).toContain(
    `${document}.variants[1].patch unexpected`,
  );
});

it('gives each half its patch on top of the rules, and ships the winner into the values', async () => {
  valueOf(await commit(put('experiment', 'e', experimentWith())));
  valueOf(await core.application.experiments.start(core.grant, stepOf('e')));
  const { evaluator } = core.application.environments.replica(core.environmentId)!;
  const config = evaluator.config('pricing');
  const seen = new Map<string, number>();
  for (let unit = 0; unit < 400; unit += 1) {
    const context = { targetingKey: `u-${unit}`, tier: 'vip' };
    const { rule, variant, value } = config.details('discount.max', context);
    expect(config.string('mode', context)).toBe('fast');
    const what = `${rule} ${variant} ${JSON.stringify(value)}`;
    seen.set(what, (seen.get(what) ?? 0) + 1);
  }
  expect([...seen.keys()].sort()).toEqual([
    'overlay:experiment:e control 10',
    'overlay:experiment:e more 20',
  ]);
  expect(Math.min(...seen.values())).toBeGreaterThan(150);
  const decision = { ...stepOf('e'), outcome: 'ship', variant: 'more' };
  valueOf(await core.application.experiments.decide(core.grant, decision));
  expect(config.number('discount.max', { targetingKey: 'u-1' })).toBe(20);
  expect(config.details('discount.max', { targetingKey: 'u-1' }).rule).toBe('default');
});
