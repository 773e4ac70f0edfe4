// What the core does when the fleet confirms that calls fail: breakers open for all and come back, whatever is staged is over.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '@org/contract/gen/flags/v1/document';
import type { Breaker } from '@org/contract/model';
import {
  booleanFlag,
  commitOf,
  put,
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
const held = async (kind: string, key: string) =>
  valueOf(await core.application.admin.getDocument(core.grant, kind, key)).document;
const evaluator = () => evaluatorOf(core);
const exposed = (flag: string) => exposedBy(core, flag);
const tell = (...told: Parameters<Tell>) => tellTo(core)(...told);

describe('a breaker', () => {
  it('opens for all when the fleet confirms, probes, and closes', async () => {
    const breaker: Breaker = {
      target: { kind: 'flag', key: 'pay' },
      fallback: 'off',
      openSeconds: 60,
      probePercentage: 10,
      probeCalls: 20,
    };
    const flag = booleanFlag({ default: { variant: 'on' } });
    valueOf(await commit(put('flag', 'pay', flag), put('breaker', 'pay', breaker)));
    const state = async () => ((await held('breaker', 'pay')) as unknown as Breaker).life?.state;
    const tripped = { flagKey: 'pay', rule: 'default', calls: 20, errors: 10, trips: 1 };
    await tell({ ...tripped, unitsWithErrors: [1, 2] }, 'a');
    await tell({ ...tripped, unitsWithErrors: [3, 4] }, 'b');
    await until(async () => (await state()) === 'open');
    expect(exposed('pay').size).toBe(0);
    offsetMs += 2 * minuteMs;
    await until(async () => (await state()) === 'half_open');
    expect(exposed('pay').size / 2_000).toBeCloseTo(0.1, 1);
    await tell({ flagKey: 'pay', rule: 'default', calls: 30, errors: 0 });
    await until(async () => (await state()) === 'closed');
    expect(exposed('pay').size).toBe(2_000);
  });
});

describe('a critical error', () => {
  const critical = (flagKey: string, rule: string) =>
    tell({ flagKey, rule, calls: 1, errors: 1, trips: 1, criticals: 1 });

  it('stops an experiment', async () => {
    const experiment = {
      target: { kind: 'flag', key: 'tried' },
      variants: [
        { variant: 'off', weight: 1 },
        { variant: 'on', weight: 1 },
      ],
      control: 'off',
      allocation: 100_000,
      metrics: [{ key: 'purchases', role: 'goal' }],
      plan: { method: 'sequential', alpha: 0.05 },
    };
    const metric = { type: 'conversion', selection: { event: 'buy' }, direction: 'increase' };
    const flag = booleanFlag({ default: { variant: 'off' } });
    valueOf(
      await commit(
        put('metric', 'purchases', metric),
        put('flag', 'tried', flag),
        put('experiment', 'tried', experiment),
      ),
    );
    const who = { environment: '', key: 'tried', author: '', reason: '', idempotencyKey: '' };
    valueOf(await core.application.experiments.start(core.grant, who));
    await critical('tried', 'overlay:experiment:tried');
    const lifeOf = async () => (await held('experiment', 'tried'))?.['life'] as { state: string };
    await until(async () => (await lifeOf()).state === 'stopped');
    expect(exposed('tried').size).toBe(0);
  });

  it('removes any other overlay, and leaves alone what an earlier version did', async () => {
    const overlay = (ranges: readonly object[]) => ({
      target: { kind: 'flag', key: 'staged' },
      patch: { serve: { variant: 'on' } },
      ranges,
      mode: 'live',
    });
    const flag = booleanFlag({ default: { variant: 'off' } });
    valueOf(
      await commit(put('flag', 'staged', flag), put('overlay', 'by-hand', overlay([{ from: 0, to: 10 }]))),
    );
    const { revision } = evaluator().evaluate('staged', { targetingKey: 'u-0' });
    valueOf(await commit(put('overlay', 'by-hand', overlay([{ from: 0, to: 50_000 }]))));
    const late = { flagKey: 'staged', rule: 'overlay:by-hand', calls: 1, errors: 1, trips: 1, criticals: 1 };
    await tell({ ...late, revision });
    const isThere = () => core.application.admin.getDocument(core.grant, 'overlay', 'by-hand');
    await tell({ flagKey: 'staged', rule: 'default', variant: 'off', calls: 5 });
    await new Promise((resolve) => setImmediate(resolve));
    expect((await isThere()).ok).toBe(true);
    await critical('staged', 'overlay:by-hand');
    await until(async () => !(await isThere()).ok);
    expect(exposed('staged').size).toBe(0);
  });
});
