// The life of rollouts through commits and the runner: what is applied, what stays as it was started, what harm does to them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '@org/contract/gen/flags/v1/document';
import type { Rollout } from '@org/contract/model';
import {
  booleanFlag,
  commitOf,
  faultOf,
  put,
  remove,
  startCore,
  startInstallation,
  until,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';
import { evaluatorOf, exposedBy, tellTo, type Tell } from '../testing/told-calls.ts';

let core: TestInstallation;
let offsetMs = 0;
const minuteMs = 60_000;
beforeAll(async () => {
  core = await startInstallation('sqlite', {
    databaseClock: async () => Date.now() + offsetMs,
    healthIntervalMs: 40,
  });
});
afterAll(() => core.close());

const commit = (...changes: Change[]) => core.application.admin.commit(core.grant, commitOf(changes));
type Action = Parameters<TestInstallation['application']['rollouts']['step']>[1];
const step = (action: Action, key: string, stage = 0) =>
  core.application.rollouts.step(
    core.grant,
    action,
    { key, author: 'ada', reason: '', idempotencyKey: '' },
    stage,
  );
const status = async (key: string) => valueOf(await core.application.rollouts.status(core.grant, key));
const held = async (kind: string, key: string) =>
  valueOf(await core.application.admin.getDocument(core.grant, kind, key)).document;
const rolloutOf = async (key: string) => (await held('rollout', key)) as unknown as Rollout;
const rules = (fault: ReturnType<typeof faultOf>) =>
  fault.violations?.map(({ field, rule }) => `${field} ${rule}`) ?? [];
const rolloutFor = (flag: string, more: Partial<Rollout> = {}): Rollout => ({
  target: { kind: 'flag', key: flag },
  variant: 'on',
  strategy: 'linear',
  minimumMinutes: 0,
  ...more,
});
/** A flag and a rollout of the same name. */
const prepare = async (name: string, more: Partial<Rollout> = {}): Promise<void> => {
  const flag = booleanFlag({ default: { variant: 'off' } });
  valueOf(await commit(put('flag', name, flag), put('rollout', name, rolloutFor(name, more))));
};
const evaluator = () => evaluatorOf(core);
const exposed = (flag: string) => exposedBy(core, flag);
const tell = (...told: Parameters<Tell>) => tellTo(core)(...told);

describe('a rollout', () => {
  it('lets more and more units in, keeps whoever is in, and ships at the end', async () => {
    await prepare('life', { approvalFrom: 1 });
    valueOf(await step('start', 'life'));
    let before = exposed('life');
    expect(before.size / 2_000).toBeCloseTo(0.1, 1);
    for (const [index, percentage] of [25, 50, 75, 100].entries()) {
      expect(faultOf(await step('progress', 'life')).code).toBe('WRONG_STATE');
      valueOf(await step('approve', 'life', index + 2));
      await until(async () => (await rolloutOf('life')).life?.percentage === percentage);
      const after = exposed('life');
      expect([...before].every((unit) => after.has(unit))).toBe(true);
      before = after;
    }
    await until(async () => (await rolloutOf('life')).life?.state === 'completed');
    expect(await held('flag', 'life')).toMatchObject({ default: { variant: 'on' } });
    expect(
      faultOf(await core.application.admin.getDocument(core.grant, 'overlay', 'rollout:life')).code,
    ).toBe('NOT_FOUND');
    expect(await status('life')).toMatchObject({ state: 'completed', stage: 5, stages: 5, percentage: 100 });
  });

  it('stays at its stage for its time, which a jump of the clock does not shorten', async () => {
    await prepare('slow', { minimumMinutes: 30 });
    valueOf(await step('start', 'slow'));
    await until(async () => (await status('slow')).waiting[0]?.includes('30 min') === true);
    offsetMs += 20 * minuteMs;
    await until(async () => (await status('slow')).watchedMinutes > 0.4);
    offsetMs -= 15 * minuteMs;
    expect((await status('slow')).state).toBe('running');
    expect((await rolloutOf('slow')).life?.stage).toBe(0);
    valueOf(await step('pause', 'slow'));
    expect((await status('slow')).state).toBe('paused');
    valueOf(await step('resume', 'slow'));
    valueOf(await step('progress', 'slow'));
    expect((await status('slow')).percentage).toBe(25);
    valueOf(await step('abort', 'slow'));
    expect(exposed('slow').size).toBe(0);
    expect(faultOf(await step('start', 'slow')).metadata).toMatchObject({ state: 'aborted' });
  });

  it('rolls back when calls with the variant fail, with its evidence, and may be started again', async () => {
    await prepare('harm', { minimumMinutes: 60, health: [{ id: 'errors', type: 'guarded_errors' }] });
    valueOf(await step('start', 'harm'));
    const rule = 'overlay:rollout:harm';
    await tell({
      flagKey: 'harm',
      variant: 'off',
      rule: 'default',
      calls: 900,
      errors: 1,
      unitsWithErrors: [1],
    });
    const unitsWithErrors = Array.from({ length: 12 }, (_, unit) => unit + 10);
    await tell({ flagKey: 'harm', rule, calls: 100, errors: 40, unitsWithErrors });
    await until(async () => (await status('harm')).state === 'rolled_back');
    expect(exposed('harm').size).toBe(0);
    const { life } = await rolloutOf('harm');
    expect(life?.last).toMatchObject({
      by: 'controller:rollout',
      action: 'roll_back',
      reasons: [expect.stringContaining('errors: 12 of 100 calls with the variant failed, 1 of 900 without')],
      evidence: { rules: [{ id: 'errors', verdict: 'broken', numbers: { method: 'count_e_process' } }] },
    });
    valueOf(await step('start', 'harm'));
    expect(exposed('harm').size).toBeGreaterThan(0);
    expect((await rolloutOf('harm')).life).toMatchObject({ state: 'running', attempt: 2, stage: 0 });
    valueOf(await step('roll_back', 'harm'));
  });

  it('is over at once after a critical error, and when breakers of two instances opened', async () => {
    await prepare('critical', { minimumMinutes: 60 });
    valueOf(await step('start', 'critical'));
    await tell({
      flagKey: 'critical',
      rule: 'overlay:rollout:critical',
      calls: 1,
      errors: 1,
      trips: 1,
      criticals: 1,
    });
    await until(async () => (await status('critical')).state === 'rolled_back');
    await prepare('tripped', { minimumMinutes: 60 });
    valueOf(await step('start', 'tripped'));
    const tripped = { flagKey: 'tripped', rule: 'overlay:rollout:tripped', calls: 20, errors: 10, trips: 1 };
    await tell({ ...tripped, unitsWithErrors: [1, 2, 3] }, 'a');
    await tell({ ...tripped, unitsWithErrors: [4, 5] }, 'b');
    await until(async () => (await status('tripped')).state === 'rolled_back');
    expect((await status('tripped')).last?.reasons[0]).toContain('breakers of 2 instances opened');
  });

  it('gives a control group the other variant, by the same buckets', async () => {
    await prepare('compared', { control: 'off', minimumMinutes: 60 });
    await prepare('alone', { minimumMinutes: 60 });
    valueOf(await step('start', 'compared'));
    const own = (unit: number) => evaluator().evaluate('compared', { targetingKey: `u-${unit}` });
    expect(exposed('compared').size / 2_000).toBeCloseTo(0.1, 1);
    expect(own(0).rule).toBe('overlay:rollout:compared');
    const before = exposed('compared');
    valueOf(await step('progress', 'compared'));
    const after = exposed('compared');
    expect([...before].every((unit) => after.has(unit))).toBe(true);
    expect(after.size / 2_000).toBeCloseTo(0.25, 1);
  });

  it('waits for numbers that are told, and judges them', async () => {
    const rule = {
      id: 'p99',
      type: 'custom',
      metric: 'p99',
      comparison: '<',
      value: 300,
      failures: 2,
    } as const;
    await prepare('told', { health: [rule], minimumMinutes: 0, strategy: 'canary' });
    valueOf(await step('start', 'told'));
    const update = (metrics: Record<string, number>) =>
      core.application.rollouts.updateMetrics(core.grant, { environment: '', key: 'told', metrics });
    await until(async () => (await status('told')).waiting.includes('p99: There is no reading yet.'));
    expect(valueOf(await update({ p99: 250, other: 1 }))).toEqual({ unknown: ['other'] });
    await until(async () => (await status('told')).percentage === 100);
    expect(rules(faultOf(await update({ p99: NaN })))).toEqual(['metrics.p99 finite']);
  });
});

describe('a rollout on a config', () => {
  const pricing = { schema: { discount: { type: 'number', default: 5 } } };
  const discounts = (units = 1_000): readonly unknown[] =>
    Array.from({ length: units }, (_, unit) => {
      const { value } = evaluator().evaluate('config:pricing', { targetingKey: `u-${unit}` });
      return (value as { readonly discount: number }).discount;
    });
  const share = (): number => discounts().filter((discount) => discount === 20).length / 1_000;

  it('patches more and more units, is judged by calls with the config, and becomes part of it', async () => {
    const rollout: Rollout = {
      target: { kind: 'config', key: 'pricing' },
      variant: 'generous',
      control: 'as_it_is',
      patch: { values: { discount: 20 } },
      strategy: 'linear',
      minimumMinutes: 60,
      health: [{ id: 'errors', type: 'guarded_errors' }],
    };
    valueOf(await commit(put('config', 'pricing', pricing), put('rollout', 'pricing', rollout)));
    valueOf(await step('start', 'pricing'));
    expect(share()).toBeCloseTo(0.1, 1);
    const own = { flagKey: 'config:pricing', rule: 'overlay:rollout:pricing' };
    await tell({ ...own, variant: 'as_it_is', calls: 900 });
    await tell({
      ...own,
      variant: 'generous',
      calls: 100,
      errors: 9,
      unitsWithErrors: [1, 2, 3, 4, 5, 6, 7],
    });
    await until(async () => (await status('pricing')).state === 'rolled_back');
    expect(share()).toBe(0);
    valueOf(await step('start', 'pricing'));
    for (const percentage of [25, 50, 75, 100, 100]) {
      valueOf(await step('progress', 'pricing'));
      expect((await status('pricing')).percentage).toBe(percentage);
    }
    expect((await status('pricing')).state).toBe('completed');
    expect(share()).toBe(1);
    expect(await held('config', 'pricing')).toMatchObject({ values: { discount: 20 } });
  });

  it('needs a patch that fits', async () => {
    const without = { ...rolloutFor('pricing'), target: { kind: 'config', key: 'pricing' } };
    expect(rules(faultOf(await commit(put('rollout', 'bad', without))))).toEqual([
      'changes[0].document.patch required',
    ]);
  });
});

it('is looked after by the next core when the first is gone, whichever core was told', async () => {
  const shared = { healthIntervalMs: 40, databaseClock: async () => Date.now() + offsetMs };
  const other = await startCore(core.database.url, shared);
  try {
    await prepare('shared', { health: [{ id: 'errors', type: 'guarded_errors' }], minimumMinutes: 60 });
    valueOf(await step('start', 'shared'));
    await until(async () => (await status('shared')).waiting.length > 0);
    const { revision } = evaluator().evaluate('shared', { targetingKey: 'u-0' });
    const calls = (variant: string, rule: string, count: number, errors: number) => ({
      ...{ flagKey: 'shared', variant, rule, revision, fromMs: Date.now(), calls: count, errors, trips: 0 },
      ...{ criticals: 0, latency: undefined, excluded: false },
      unitsWithErrors: Array.from({ length: errors }, (_, unit) => unit),
    });
    const values = [calls('off', 'default', 900, 1), calls('on', 'overlay:rollout:shared', 100, 20)];
    // Told to the core that does not hold the lease.
    const replicaOf = ({ application }: Pick<TestInstallation, 'application'>) =>
      application.environments.replica(core.environmentId);
    await until(async () => (replicaOf(other)?.revision ?? 0) >= replicaOf(core)!.revision);
    valueOf(
      await other.application.events.record(core.grant, {
        ...{ environment: '', instanceId: 'elsewhere', sequence: 1, dropped: {} },
        events: values.map((value) => ({ timeMs: Date.now(), body: { $case: 'calls' as const, value } })),
      }),
    );
    await until(async () => (await status('shared')).state === 'rolled_back');
  } finally {
    await other.running.close();
  }
});

describe('what is refused', () => {
  it('names what is missing and what does not fit', async () => {
    const bad = rolloutFor('nowhere', {
      health: [{ id: 'm', type: 'metric', metric: 'nothing' }],
      control: 'off',
      progressWindows: [{ cron: '61 * * * *', timeZone: 'Europe/Berlin', durationMinutes: 5 }],
    });
    expect(rules(faultOf(await commit(put('rollout', 'bad', bad))))).toEqual([
      'changes[0].document.target.key unknown_flag',
      'changes[0].document.health unknown_metric',
      'changes[0].document.progressWindows[0].cron cron',
    ]);
    await prepare('fine');
    expect(
      rules(faultOf(await commit(put('rollout', 'fine', rolloutFor('fine', { variant: 'blue' }))))),
    ).toEqual(['changes[0].document.variant unknown_variant']);
    expect(
      rules(faultOf(await commit(put('rollout', 'fine', rolloutFor('fine', { strategy: 'custom' }))))),
    ).toEqual(['changes[0].document.stages required']);
  });

  it('keeps a rollout under way what it was started as, and its overlay its own', async () => {
    await prepare('fixed', { minimumMinutes: 60 });
    valueOf(await step('start', 'fixed'));
    const running = await rolloutOf('fixed');
    expect(rules(faultOf(await commit(put('rollout', 'fixed', { ...running, strategy: 'canary' }))))).toEqual(
      ['changes[0].document.strategy started'],
    );
    expect(rules(faultOf(await commit(remove('rollout', 'fixed'))))).toEqual(['changes[0] running']);
    expect(rules(faultOf(await commit(remove('overlay', 'rollout:fixed'))))).toEqual(['changes[0] running']);
    const life = { ...running.life!, percentage: 100 };
    expect(rules(faultOf(await commit(put('rollout', 'fixed', { ...running, life }))))).toEqual([
      'changes[0].document.life server_state',
    ]);
    valueOf(await commit(put('rollout', 'fixed', { ...running, description: 'Said later.' })));
    expect(faultOf(await step('start', 'fixed')).code).toBe('WRONG_STATE');
    expect(faultOf(await step('start', 'unheard-of')).code).toBe('NOT_FOUND');
  });

  it('rolls back even when what it stands on is no longer valid', async () => {
    await prepare('broken', { minimumMinutes: 60 });
    valueOf(await step('start', 'broken'));
    valueOf(
      await core.application.admin.kill(core.grant, {
        environment: '',
        flagKey: 'broken',
        restore: false,
        author: '',
        reason: '',
        idempotencyKey: '',
      }),
    );
    valueOf(await step('roll_back', 'broken'));
    expect((await status('broken')).state).toBe('rolled_back');
  });
});
