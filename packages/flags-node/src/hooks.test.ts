// Hooks of a client: what they hear, that they change nothing, and that hearing nothing leaves handles as they are.
import { createEvaluator } from '@org/evaluator';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import type { Hook } from './hooks.ts';
import { createMemoryClient, type MemoryClient } from './memory-client.ts';
import { booleanFlag, startFakeCore } from './testing/fake-core.ts';
import { until } from './testing/until.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const half = {
  type: 'string',
  enabled: true,
  variants: { a: 'A', b: 'B' },
  default: { split: { weights: ['a', 'b'].map((variant) => ({ variant, weight: 1 })) } },
} as const;

const start = (...hooks: Hook[]): MemoryClient =>
  createMemoryClient({ flags: { half, on: { value: true } } }, { hooks });

describe('evaluations', () => {
  it('are told with their details and context, by get and by details', () => {
    const heard: unknown[] = [];
    const client = start({ onEvaluation: (details, context) => heard.push([details, context]) });
    const context = { targetingKey: 'u-1' };
    const flag = client.boolean('on', false);
    const details = flag.details(context);
    flag.get(context);
    client.number('missing', 7).get(context);
    expect(heard.slice(0, 2)).toEqual([
      [details, context],
      [details, context],
    ]);
    expect(heard[2]).toMatchObject([{ flagKey: 'missing', value: 7, errorCode: 'FLAG_NOT_FOUND' }, context]);
    expect((heard[0] as unknown[])[1]).toBe(context);
  });

  it('answer the same whatever hooks throw, now or later', async () => {
    const heard: string[] = [];
    const client = start(
      {
        onEvaluation() {
          throw new Error('now');
        },
      },
      { onEvaluation: () => Promise.reject(new Error('later')) as unknown as undefined },
      { onEvaluation: ({ flagKey }) => void heard.push(flagKey) },
    );
    expect(client.boolean('on', false).get({})).toBe(true);
    expect(client.boolean('on', false).details({}).reason).toBe('STATIC');
    // A rejection that nobody handles would fail this test.
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual(['on', 'on']);
  });

  it('made by a hook are not told', () => {
    const heard: string[] = [];
    const client: MemoryClient = start({
      onEvaluation({ flagKey }) {
        heard.push(flagKey);
        client.string('half', '').get({ targetingKey: 'u' });
      },
    });
    client.boolean('on', false).get({});
    client.boolean('on', false).get({});
    expect(heard).toEqual(['on', 'on']);
  });

  it('leave the handles alone when nobody listens to them', () => {
    const evaluator = createEvaluator();
    const plain = Object.getPrototypeOf(evaluator.boolean('a', false)) as object;
    const prototypeOf = (client: MemoryClient) => Object.getPrototypeOf(client.boolean('a', false)) as object;
    expect(prototypeOf(start())).toBe(plain);
    expect(prototypeOf(start({ onChange() {}, onExposure() {} }))).toBe(plain);
    expect(prototypeOf(start({ onEvaluation() {} }))).not.toBe(plain);
  });
});

describe('exposures', () => {
  it('are told once while a unit goes on seeing the same', () => {
    const heard: unknown[] = [];
    const client = start({ onExposure: (exposure, context) => heard.push([exposure, context]) });
    const flag = client.string('half', '');
    const context = { targetingKey: 'u-1' };
    const { variant, rule, revision } = flag.details(context);
    flag.get(context);
    client.boolean('on', false).get(context);
    expect(heard).toEqual([[{ flagKey: 'half', variant, rule, revision, excluded: false }, context]]);
    flag.get({ targetingKey: 'u-2' });
    expect(heard).toHaveLength(2);
  });

  it('of a client with a core are those that it records', async () => {
    const core = await startFakeCore();
    cleanUps.push(() => core.stop());
    core.commit({ 'flag/half': half });
    const told: string[] = [];
    const hooks = [{ onExposure: ({ flagKey }: { flagKey: string }) => void told.push(flagKey) }];
    const options = { url: core.url, key: 'flags_s_test_secret', hooks };
    for (const client of [createClient(options), createClient({ ...options, exposures: false })]) {
      cleanUps.push(() => client.close());
      await client.ready();
      for (let count = 0; count < 3; count++) client.string('half', '').get({ targetingKey: 'u-1' });
      await client.flush();
    }
    expect(told).toEqual(['half']);
    const events = core.batches
      .flatMap((batch) => batch.events)
      .filter(({ body }) => body?.$case === 'exposure');
    expect(events).toHaveLength(1);
  });
});

describe('changes', () => {
  it('are told after they took effect', async () => {
    const core = await startFakeCore();
    cleanUps.push(() => core.stop());
    core.commit({ 'flag/a': booleanFlag(false), 'flag/b': booleanFlag(false) });
    const heard: unknown[] = [];
    const client = createClient({
      url: core.url,
      key: 'flags_s_test_secret',
      hooks: [{ onChange: (change) => heard.push([change, client.boolean('a', false).get({})]) }],
    });
    cleanUps.push(() => client.close());
    await client.ready();
    core.commit({ 'flag/a': booleanFlag(true) });
    await until('it was told', () => heard.length > 1);
    expect(heard).toEqual([
      [{ revision: 1, flagKeys: ['a', 'b'] }, false],
      [{ revision: 2, flagKeys: ['a'] }, true],
    ]);
  });
});

it.each([[{}], ['hook'], [[undefined]]])('refuses %j as hooks', (hooks) => {
  expect(() => createMemoryClient({}, { hooks: hooks as never })).toThrow('hooks: a list');
});
