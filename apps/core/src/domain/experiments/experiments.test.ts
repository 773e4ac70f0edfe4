// The life of experiments through commits: what is applied, what stays as it was started, what is refused and where.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Experiment } from '@org/contract/model';
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
beforeAll(async () => {
  core = await startInstallation();
  valueOf(
    await commit(
      put('metric', 'purchases', { type: 'conversion', selection: { event: 'buy' }, direction: 'increase' }),
      put('holdout', 'global', { allocation: 10_000 }),
    ),
  );
});
afterAll(() => core.close());

const commit = (...changes: Change[]) => core.application.admin.commit(core.grant, commitOf(changes));
const stepOf = (key: string) => ({ environment: '', key, author: '', reason: '', idempotencyKey: '' });
const start = (key: string) => core.application.experiments.start(core.grant, stepOf(key));
const stop = (key: string) => core.application.experiments.stop(core.grant, stepOf(key));
const ramp = (key: string, allocation: number) =>
  core.application.experiments.ramp(core.grant, { ...stepOf(key), allocation });
const decide = (key: string, outcome: string, variant = '') =>
  core.application.experiments.decide(core.grant, { ...stepOf(key), outcome, variant });
const held = async (kind: string, key: string) =>
  valueOf(await core.application.admin.getDocument(core.grant, kind, key)).document;
const experimentOf = async (key: string) => (await held('experiment', key)) as unknown as Experiment;
const rules = (fault: ReturnType<typeof faultOf>) =>
  fault.violations?.map(({ field, rule }) => `${field} ${rule}`) ?? [];

const experimentFor = (flag: string, more: Partial<Experiment> = {}): Experiment => ({
  target: { kind: 'flag', key: flag },
  variants: [
    { variant: 'off', weight: 1 },
    { variant: 'on', weight: 1 },
  ],
  control: 'off',
  allocation: 40_000,
  metrics: [{ key: 'purchases', role: 'goal' }],
  plan: { method: 'sequential', alpha: 0.05 },
  ...more,
});
/** A flag and an experiment of the same name. */
const prepare = async (name: string, more: Partial<Experiment> = {}): Promise<void> => {
  valueOf(
    await commit(
      put('flag', name, booleanFlag({ default: { variant: 'off' } })),
      put('experiment', name, experimentFor(name, more)),
    ),
  );
};
const exposed = (flag: string, units: number): { in: number; on: number; rules: Set<string | undefined> } => {
  const { evaluator } = core.application.environments.replica(core.environmentId)!;
  const seen = { in: 0, on: 0, rules: new Set<string | undefined>() };
  for (let unit = 0; unit < units; unit += 1) {
    const { rule, value } = evaluator.evaluate(flag, { targetingKey: `u-${unit}` });
    seen.rules.add(rule);
    if (rule?.startsWith('overlay:') !== true) continue;
    seen.in += 1;
    seen.on += value === true ? 1 : 0;
  }
  return seen;
};

describe('an experiment', () => {
  it('reports nothing but attributes that exposures can carry', async () => {
    const segments = Array.from({ length: 10 }, (_, index) => `a${index}`);
    const exclude = {
      op: 'or',
      of: [
        { op: 'segment', key: 'staff' },
        { op: 'exists', attribute: 'bot' },
      ],
    };
    const fault = faultOf(
      await commit(
        put('flag', 'reports', booleanFlag({ default: { variant: 'off' } })),
        put('experiment', 'reports', experimentFor('reports', { segments, exclude } as Partial<Experiment>)),
      ),
    );
    expect(rules(fault)).toEqual([
      'changes[1].document.exclude.of[0] plain_attribute',
      'changes[1].document.segments max_items',
    ]);
  });

  it('exposes its share, split by its weights, from its start to its stop', async () => {
    await prepare('life');
    expect(exposed('life', 2_000).in).toBe(0);
    valueOf(await start('life'));
    expect((await experimentOf('life')).life).toMatchObject({
      state: 'running',
      ranges: [{ from: 0, to: 40_000 }],
    });
    const seen = exposed('life', 2_000);
    expect(seen.in / 2_000).toBeCloseTo(0.4, 1);
    expect(seen.on / seen.in).toBeCloseTo(0.5, 1);
    expect(seen.rules).toEqual(new Set(['overlay:experiment:life', 'default']));
    valueOf(await stop('life'));
    expect(exposed('life', 2_000).in).toBe(0);
    expect((await experimentOf('life')).life?.state).toBe('stopped');
  });

  it('keeps units in when it is ramped, and never shrinks', async () => {
    await prepare('ramp');
    valueOf(await start('ramp'));
    valueOf(await ramp('ramp', 90_000));
    expect(await experimentOf('ramp')).toMatchObject({
      allocation: 90_000,
      life: { ranges: [{ from: 0, to: 90_000 }] },
    });
    expect(rules(faultOf(await ramp('ramp', 10)))).toEqual(['allocation min_value']);
    expect(exposed('ramp', 2_000).in / 2_000).toBeCloseTo(0.9, 1);
  });

  it('shares no unit with another of its layer, and says when the layer is full', async () => {
    await prepare('first', { layer: 'checkout', allocation: 70_000 });
    await prepare('second', { layer: 'checkout', allocation: 30_000 });
    await prepare('third', { layer: 'checkout', allocation: 1 });
    valueOf(await start('first'));
    valueOf(await start('second'));
    expect(rules(faultOf(await start('third')))).toEqual(['allocation layer_full']);
    const { evaluator } = core.application.environments.replica(core.environmentId)!;
    const both = Array.from({ length: 2_000 }, (_, unit) =>
      ['first', 'second'].filter((flag) =>
        evaluator.evaluate(flag, { targetingKey: `u-${unit}` }).rule?.startsWith('overlay:'),
      ),
    );
    expect(both.every((flags) => flags.length === 1)).toBe(true);
    valueOf(await stop('second'));
    valueOf(await start('third'));
  });

  it('leaves the units of its holdouts alone', async () => {
    await prepare('held', { holdouts: ['global'], allocation: 100_000 });
    valueOf(await start('held'));
    expect(exposed('held', 4_000).in / 4_000).toBeCloseTo(0.9, 1);
  });

  it('is decided by shipping the variant, which freezes it', async () => {
    await prepare('shipped');
    valueOf(await start('shipped'));
    expect(rules(faultOf(await decide('shipped', 'ship', 'blue')))).toEqual(['variant unknown_variant']);
    valueOf(await decide('shipped', 'ship', 'on'));
    expect(await held('flag', 'shipped')).toMatchObject({ default: { variant: 'on' } });
    expect((await experimentOf('shipped')).life).toMatchObject({
      state: 'decided',
      decision: { outcome: 'ship', variant: 'on' },
    });
    expect(faultOf(await decide('shipped', 'roll_back')).code).toBe('WRONG_STATE');
    valueOf(await commit(remove('flag', 'shipped')));
  });
});

describe('what is refused', () => {
  it('names what is missing', async () => {
    const missing = experimentFor('nowhere', {
      metrics: [{ key: 'nothing', role: 'goal' }],
      holdouts: ['nobody'],
    });
    expect(rules(faultOf(await commit(put('experiment', 'bad', missing))))).toEqual([
      'changes[0].document.target.key unknown_flag',
      'changes[0].document.metrics[0].key unknown_metric',
      'changes[0].document.holdouts[0] unknown_holdout',
    ]);
    const variants = [
      { variant: 'off', weight: 1 },
      { variant: 'blue', weight: 1 },
    ];
    const unknown = commit(
      put('flag', 'f', booleanFlag()),
      put('experiment', 'f', experimentFor('f', { variants })),
    );
    expect(rules(faultOf(await unknown))).toEqual([
      'changes[1].document.variants[1].variant unknown_variant',
    ]);
  });

  it('checks conditions wherever they stand', async () => {
    const where = { op: 'matches', attribute: 'path', value: '(' };
    const metric = { type: 'count', selection: { event: 'view', where }, direction: 'increase' };
    expect(rules(faultOf(await commit(put('metric', 'views', metric))))[0]).toMatch(
      /^changes\[0\]\.document\.selection\.where\.value /,
    );
    const eligibility = { op: 'and', of: [{ op: 'nonsense', attribute: 'a' }] } as const;
    const bad = commit(
      put('flag', 'g', booleanFlag()),
      put('experiment', 'g', experimentFor('g', { eligibility })),
    );
    expect(rules(faultOf(await bad))[0]).toMatch(/^changes\[1\]\.document\.eligibility\.of\[0\]/);
  });

  it('keeps a running experiment what it was started as', async () => {
    await prepare('fixed');
    valueOf(await start('fixed'));
    const running = await experimentOf('fixed');
    const heavier = [running.variants[0]!, { variant: 'on', weight: 3 }];
    expect(
      rules(faultOf(await commit(put('experiment', 'fixed', { ...running, variants: heavier })))),
    ).toEqual(['changes[0].document.variants started']);
    expect(
      rules(faultOf(await commit(put('experiment', 'fixed', { ...running, allocation: 50_000 })))),
    ).toEqual(['changes[0].document.allocation started']);
    expect(rules(faultOf(await commit(remove('experiment', 'fixed'))))).toContain('changes[0] running');
    expect(rules(faultOf(await commit(remove('overlay', 'experiment:fixed'))))).toEqual([
      'changes[0] running',
    ]);
    expect(rules(faultOf(await commit(remove('metric', 'purchases'))))).toContain(
      'changes[0] unknown_metric',
    );
    valueOf(await commit(put('experiment', 'fixed', { ...running, description: 'Said later.' })));
  });

  it('takes no state from documents, and no overlay of its names', async () => {
    await prepare('forged');
    const life = { state: 'running', ranges: [{ from: 0, to: 5 }] };
    const forged = commit(put('experiment', 'forged', { ...experimentFor('forged'), life }));
    expect(rules(faultOf(await forged))).toEqual(['changes[0].document.life server_state']);
    const overlay = {
      target: { kind: 'flag', key: 'forged' },
      patch: { serve: { variant: 'on' } },
      ranges: [{ from: 0, to: 5 }],
      mode: 'live',
    };
    expect(rules(faultOf(await commit(put('overlay', 'experiment:forged', overlay))))).toEqual([
      'changes[0].key reserved',
    ]);
  });

  it('asks for the step before', async () => {
    await prepare('early');
    for (const fault of [
      await stop('early'),
      await ramp('early', 50_000),
      await decide('early', 'ship', 'on'),
    ])
      expect(faultOf(fault)).toMatchObject({ code: 'WRONG_STATE', metadata: { state: 'draft' } });
    expect(faultOf(await start('unheard-of')).code).toBe('NOT_FOUND');
    expect(rules(faultOf(await decide('early', 'win')))).toEqual(['outcome one_of']);
  });
});
