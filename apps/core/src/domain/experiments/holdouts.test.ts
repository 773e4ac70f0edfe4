// Holdouts that cover a whole environment or layer: whose units stay out, from when on, and what is refused meanwhile.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Change } from '@org/contract/gen/flags/v1/document';
import type { Experiment, Holdout, HoldoutScope } from '@org/contract/model';
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
beforeEach(async () => {
  core = await startInstallation();
  const metric = { type: 'conversion', selection: { event: 'buy' }, direction: 'increase' };
  valueOf(await commit(put('metric', 'purchases', metric)));
});
afterEach(() => core.close());

const commit = (...changes: Change[]) => core.application.admin.commit(core.grant, commitOf(changes));
const stepOf = (key: string) => ({ environment: '', key, author: '', reason: '', idempotencyKey: '' });
const experiments = () => core.application.experiments;
const rules = (fault: ReturnType<typeof faultOf>) =>
  fault.violations?.map(({ field, rule }) => `${field} ${rule}`);

const everything: HoldoutScope = { kind: 'environment' };
const hold = async (key: string, scope: HoldoutScope, more: Partial<Holdout> = {}): Promise<void> => {
  valueOf(await commit(put('holdout', key, { allocation: 30_000, scope, ...more })));
};

/** Starts an experiment on a flag of its name. */
const start = async (name: string, more: Partial<Experiment> = {}): Promise<void> => {
  const experiment: Experiment = {
    target: { kind: 'flag', key: name },
    variants: [
      { variant: 'off', weight: 1 },
      { variant: 'on', weight: 1 },
    ],
    control: 'off',
    allocation: 100_000,
    metrics: [{ key: 'purchases', role: 'goal' }],
    plan: { method: 'sequential', alpha: 0.05 },
    ...more,
  };
  valueOf(
    await commit(
      put('flag', name, booleanFlag({ default: { variant: 'off' } })),
      put('experiment', name, experiment),
    ),
  );
  valueOf(await experiments().start(core.grant, stepOf(name)));
};

const units = Array.from({ length: 1_000 }, (_, unit) => `u-${unit}`);
/** Units that see none of these experiments, though each is open to everybody. */
const outOf = (flag: string): ReadonlySet<string> => {
  const { evaluator } = core.application.environments.replica(core.environmentId)!;
  return new Set(
    units.filter(
      (targetingKey) => evaluator.evaluate(flag, { targetingKey }).rule !== `overlay:experiment:${flag}`,
    ),
  );
};

it('leaves the same units out of every experiment of the environment', async () => {
  await hold('all', everything);
  await start('search');
  await start('checkout', { unit: 'user', eligibility: { op: 'exists', attribute: 'targetingKey' } });
  const out = outOf('search');
  expect(out.size / units.length).toBeCloseTo(0.3, 1);
  expect(outOf('checkout')).toEqual(out);
});

it('leaves its units out of the experiments of its layer alone', async () => {
  await hold('of-layer', { kind: 'layer', layer: 'prices' });
  await start('price', { layer: 'prices' });
  await start('button', { layer: 'buttons' });
  await start('free');
  expect(outOf('price').size / units.length).toBeCloseTo(0.3, 1);
  expect([outOf('button').size, outOf('free').size]).toEqual([0, 0]);
});

it('changes nothing of experiments that run: those that start later are covered', async () => {
  await start('early');
  await hold('late', everything);
  await start('later', { holdouts: ['late'] });
  expect([outOf('early').size, outOf('later').size > 200]).toEqual([0, true]);
  // What grows keeps to what it started with.
  await start('ramped', { allocation: 50_000 });
  await hold('latest', everything);
  valueOf(await experiments().ramp(core.grant, { ...stepOf('ramped'), allocation: 100_000 }));
  expect(outOf('ramped')).toEqual(outOf('later'));
  valueOf(await commit(remove('holdout', 'latest')));
});

it('stays as it is while an experiment that it covers runs', async () => {
  await hold('all', everything);
  await start('running');
  const larger = { allocation: 40_000, scope: everything };
  expect(rules(faultOf(await commit(put('holdout', 'all', larger))))).toEqual(['changes[0] running']);
  expect(rules(faultOf(await commit(remove('holdout', 'all'))))).toEqual(['changes[0] running']);
  // Whom it covers from now on is another matter.
  valueOf(await commit(put('holdout', 'all', { allocation: 30_000, description: 'Named only.' })));
  await start('next');
  expect([outOf('running').size > 200, outOf('next').size]).toEqual([true, 0]);
  valueOf(await experiments().stop(core.grant, stepOf('running')));
  valueOf(await commit(remove('holdout', 'all')));
});

it('is one of at most fifty', async () => {
  const many = Array.from({ length: 51 }, (_, index) =>
    put('holdout', `h-${index}`, { allocation: 1, scope: everything }),
  );
  valueOf(await commit(...many));
  await expect(start('crowded')).rejects.toThrow(/51 holdouts cover it/);
});
