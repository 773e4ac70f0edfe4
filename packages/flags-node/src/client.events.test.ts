// What reaches the core's event service, over a real gRPC server in this process.
import { status } from '@grpc/grpc-js';
import type { Event } from '@org/contract/gen/flags/v1/event_service';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import { booleanFlag, startFakeCore, type FakeCore } from './testing/fake-core.ts';
import { until } from './testing/until.ts';
import type { ClientOptions, FlagsClient } from './types.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const splitFlag = (share: number): object => ({
  type: 'boolean',
  enabled: true,
  variants: { on: true, off: false },
  default: {
    split: {
      weights: [
        { variant: 'on', weight: share },
        { variant: 'off', weight: 100 - share },
      ],
    },
  },
});

const start = async (
  options: Partial<ClientOptions> = {},
): Promise<{ core: FakeCore; client: FlagsClient }> => {
  const core = await startFakeCore();
  cleanUps.push(() => core.stop());
  core.commit({ 'flag/split': splitFlag(100), 'flag/fixed': booleanFlag(true) });
  const client = createClient({ url: core.url, key: 'flags_s_a_b', ...options });
  cleanUps.push(() => client.close());
  await client.ready();
  return { core, client };
};

const recorded = <Case extends NonNullable<Event['body']>['$case']>(core: FakeCore, kind: Case) =>
  core.batches
    .flatMap(({ events }) => events)
    .flatMap(({ body }) => (body?.$case === kind ? [body.value] : []));

describe('recording', () => {
  it('tells which units saw which variant of a split, once, and nothing else of their contexts', async () => {
    const { core, client } = await start();
    const split = client.boolean('split', false);
    const fixed = client.boolean('fixed', false);
    for (let again = 0; again < 100; again += 1) {
      split.get({ targetingKey: 'u-1', email: 'secret@example.com' });
      split.get({ kind: 'multi', user: { targetingKey: 'u-2' }, device: { targetingKey: 'd-1' } });
      fixed.get({ targetingKey: 'u-1' });
    }
    await client.flush();
    expect(recorded(core, 'exposure')).toMatchObject([
      {
        flagKey: 'split',
        variant: 'on',
        rule: 'default',
        revision: 1,
        units: { user: 'u-1' },
        excluded: false,
      },
      { flagKey: 'split', variant: 'on', units: { user: 'u-2', device: 'd-1' } },
    ]);
    expect(JSON.stringify(core.batches)).not.toContain('secret');
  });

  it('tells A, B, A as three exposures', async () => {
    const { core, client } = await start();
    const split = client.boolean('split', false);
    const see = async (share: number): Promise<void> => {
      core.commit({ 'flag/split': splitFlag(share) });
      await until('the change arrived', () => client.revision === core.head.revision);
      split.get({ targetingKey: 'u-1' });
    };
    for (const share of [100, 0, 100]) await see(share);
    await client.flush();
    expect(
      recorded(core, 'exposure').map((exposure) => ('variant' in exposure ? exposure.variant : '')),
    ).toEqual(['on', 'off', 'on']);
  });

  it('counts every evaluation', async () => {
    const { core, client } = await start();
    const fixed = client.boolean('fixed', false);
    for (let again = 0; again < 1_000; again += 1) fixed.get({ targetingKey: `u-${again}` });
    client.boolean('unknown', false).get({});
    await client.flush();
    expect(recorded(core, 'evaluationCount')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          flagKey: 'fixed',
          variant: 'on',
          reason: 'STATIC',
          count: 1_000,
          errorCode: '',
        }),
        expect.objectContaining({
          flagKey: 'unknown',
          reason: 'ERROR',
          errorCode: 'FLAG_NOT_FOUND',
          count: 1,
        }),
      ]),
    );
  });

  it('records what is tracked, with value and attributes', async () => {
    const { core, client } = await start();
    client.track('bought', {
      context: { targetingKey: 'u-1', city: 'x' },
      value: 12.5,
      attributes: { items: [1, 2] },
    });
    await client.flush();
    expect(recorded(core, 'metric')).toMatchObject([
      { name: 'bought', value: 12.5, units: { user: 'u-1' }, attributes: { items: [1, 2] }, revision: 1 },
    ]);
  });

  it('records no exposures when told not to, but counts and metrics', async () => {
    const { core, client } = await start({ exposures: false });
    client.boolean('split', false).get({ targetingKey: 'u-1' });
    client.track('bought', { context: {} });
    await client.flush();
    expect(recorded(core, 'exposure')).toEqual([]);
    expect(recorded(core, 'metric')).toHaveLength(1);
    expect(recorded(core, 'evaluationCount')).toHaveLength(1);
  });

  it('repeats a batch with the same sequence until the core takes it', async () => {
    const { core, client } = await start();
    core.refuse('record', status.UNAVAILABLE);
    client.track('first', { context: {} });
    await client.flush();
    client.track('second', { context: {} });
    core.refuse('record', undefined);
    await client.flush();
    expect(core.batches.map(({ sequence, events }) => [sequence, events.length])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(new Set(core.batches.map(({ instanceId }) => instanceId)).size).toBe(1);
  });

  it('marks what an override answers as excluded from analysis, and stays out of exposures', async () => {
    const { core, client } = await start();
    client.override('split', false);
    expect(client.boolean('split', true).details({ targetingKey: 'u-1' })).toMatchObject({
      value: false,
      rule: 'override',
    });
    client.clearOverride('split');
    expect(client.boolean('split', false).get({ targetingKey: 'u-1' })).toBe(true);
    await client.flush();
    expect(recorded(core, 'exposure')).toMatchObject([{ variant: 'on', excluded: false }]);
  });

  it('sends what is left on close', async () => {
    const { core, client } = await start();
    client.track('last', { context: {} });
    await client.close();
    expect(recorded(core, 'metric')).toHaveLength(1);
  });

  it('counts what cannot even be read as dropped', async () => {
    const { core, client } = await start();
    const hostile = {
      get context(): never {
        throw new Error('mine');
      },
    };
    expect(() => client.track('x', hostile)).not.toThrow();
    await client.flush();
    expect(core.batches.at(-1)?.dropped).toEqual({ invalid: 1 });
  });

  it('takes anything without throwing', async () => {
    const { client } = await start();
    const track = client.track.bind(client) as (...values: unknown[]) => void;
    expect(() => {
      track();
      track(5, null);
      track('a', { context: null, value: 'x', attributes: 7 });
    }).not.toThrow();
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const hostile: readonly unknown[] = [
      ...[undefined, null, Symbol('x'), 1n, circular, NaN],
      new Proxy({}, { get: () => expect.unreachable(), ownKeys: () => expect.unreachable() }),
    ];
    const face = client as unknown as Record<string, (...values: unknown[]) => unknown>;
    const names = ['boolean', 'string', 'number', 'object', 'on', 'track', 'override', 'clearOverride'];
    for (const name of [...names, 'ready', 'flush', 'flagKeys']) {
      for (const first of hostile) {
        for (const second of hostile) expect(() => face[name]?.(first, second)).not.toThrow();
      }
    }
    client.on('change', null as never);
    expect(() => client.override('split', circular as never)).not.toThrow();
    expect(() => client.boolean('split', false).get(hostile.at(-1) as never)).not.toThrow();
  });
});
