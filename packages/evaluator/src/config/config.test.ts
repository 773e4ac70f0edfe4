// A config from document to answer: values, rules, splits, overlays, inheritance, logic, and what applications get wrong.
import type { Config, JsonObject, Overlay } from '@org/contract/model';
import { describe, expect, it } from 'vitest';
import { createEvaluator as createCompact } from '../compact/index.ts';
import { createEvaluator, type EvaluatedDocument, type Evaluator } from '../index.ts';
import type { EvaluatorOptions, Outcome } from '../types.ts';
import { withConfigs, type ConfigProblem } from './index.ts';
import { pricing } from './testing/pricing.ts';

const documents = (more: readonly (readonly [string, string, unknown])[] = []): EvaluatedDocument[] =>
  [
    ['config', 'pricing', pricing] as const,
    ['segment', 'paying', { when: { op: 'equals', attribute: 'pays', value: true } }] as const,
    ...more,
  ].map(([kind, key, document]) => ({ kind, key, revision: 1, document }));

const overlay = (patch: Overlay['patch'], ranges = [{ from: 0, to: 100_000 }]): Overlay => ({
  target: { kind: 'config', key: 'pricing' },
  patch,
  ranges,
  mode: 'live',
});

const user = (attributes: JsonObject = {}) => ({ targetingKey: 'u-1', ...attributes });

const evaluators: readonly (readonly [string, (options?: EvaluatorOptions) => Evaluator])[] = [
  ['compiled', createEvaluator],
  ['compact', createCompact],
];

describe.each(evaluators)('a config in the %s evaluator', (_, create) => {
  const start = (
    more: readonly (readonly [string, string, unknown])[] = [],
    options: EvaluatorOptions = {},
  ) => {
    const problems: ConfigProblem[] = [];
    const evaluator = withConfigs<Evaluator>(create, { onProblem: (problem) => problems.push(problem) })(
      options,
    );
    expect(evaluator.load(documents(more), 1)).toEqual([]);
    return { evaluator, problems, config: evaluator.config('pricing') };
  };

  it('answers values, else defaults, by type', () => {
    const { config, problems } = start();
    expect(config.number('discount.max', user())).toBe(20);
    expect(config.integer('discount.steps', user())).toBe(3);
    expect(config.number('discount.steps', user())).toBe(3);
    expect(config.string('discount.label', user())).toBe('sale');
    expect(config.string('mode', user())).toBe('safe');
    expect(config.duration('timeout', user())).toBe(1500);
    expect(config.weights('mix', user())).toEqual({ a: 0.5, b: 0.5 });
    expect(config.list('tiers', user())).toEqual([1, 2]);
    expect(config.object('discount', user())).toEqual({ max: 20, steps: 3, label: 'sale' });
    expect(problems).toEqual([]);
  });

  it('patches the values for who fulfils the first rule', () => {
    const { config } = start();
    expect(config.number('discount.max', user({ tier: 'vip' }))).toBe(40);
    expect(config.details('discount.max', user({ tier: 'vip' }))).toMatchObject({
      flagKey: 'config:pricing',
      value: 40,
      rule: 'rule:vip',
      reason: 'TARGETING_MATCH',
    });
    expect(config.integer('discount.steps', user({ tier: 'vip' }))).toBe(3);
  });

  it('splits between patches by the hash of the unit, as an exposure', () => {
    const seen: Outcome[] = [];
    const { config } = start([], { onExposure: (outcome) => void seen.push(outcome) });
    const durations = Array.from({ length: 200 }, (_unused, index) =>
      config.duration('timeout', { targetingKey: `u-${index}`, country: 'DE' }),
    );
    const short = durations.filter((ms) => ms === 250).length;
    expect(short).toBeGreaterThan(60);
    expect(short).toBeLessThan(140);
    expect(seen).toHaveLength(200);
    expect(seen[0]).toMatchObject({ flagKey: 'config:pricing', rule: 'rule:half' });
  });

  it('puts an overlay on top of what the rules give', () => {
    const { config } = start([['overlay', 'o', overlay({ configPatch: { values: { timeout: 'PT9S' } } })]]);
    expect(config.duration('timeout', user({ tier: 'vip' }))).toBe(9000);
    expect(config.number('discount.max', user({ tier: 'vip' }))).toBe(40);
    expect(config.number('discount.max', user())).toBe(20);
    expect(config.details('timeout', user())).toMatchObject({
      rule: 'overlay:o',
      variant: 'patch',
      reason: 'SPLIT',
    });
  });

  it('gives the units of an overlay other rules', () => {
    const rules = [{ id: 'all', when: { op: 'and', of: [] }, patch: { mode: 'fast' } }] as const;
    const { config } = start([['overlay', 'o', overlay({ configPatch: { rules } })]]);
    expect(config.string('mode', user({ tier: 'vip' }))).toBe('fast');
    expect(config.number('discount.max', user({ tier: 'vip' }))).toBe(20);
  });

  it('tells variants of two overlays of a layer apart, though they are called alike', () => {
    const split = { weights: [{ variant: 'on', weight: 1 }] };
    const of = (ms: string, from: number): Overlay => ({
      ...overlay({ configPatches: { on: { values: { timeout: ms } } }, serve: { split } }, [
        { from, to: from + 50_000 },
      ]),
      layer: 'l',
    });
    const seen: Outcome[] = [];
    const { config } = start(
      [
        ['overlay', 'x', of('PT1S', 0)],
        ['overlay', 'y', of('PT2S', 50_000)],
      ],
      { onExposure: (outcome) => void seen.push(outcome) },
    );
    const results = new Set<string>();
    for (let index = 0; index < 50; index += 1) {
      const context = { targetingKey: `u-${index}` };
      const { rule } = config.details('timeout', context);
      results.add(`${rule} ${config.duration('timeout', context)}`);
    }
    expect([...results].sort()).toEqual(['overlay:x 1000', 'overlay:y 2000']);
    expect(seen.every(({ flagKey, variant }) => flagKey === 'config:pricing' && variant === 'on')).toBe(true);
  });

  it('evaluates conditions over segments, contexts and parameters', () => {
    const { config } = start();
    expect(config.condition('isLoyal', user({ pays: true, orders: 3 }))).toBe(true);
    expect(config.condition('isLoyal', user({ pays: true, orders: 2 }))).toBe(false);
    expect(config.condition('isLoyal', user({ pays: true }))).toBe(false);
    expect(config.condition('isLoyal', user({ orders: 9 }))).toBe(false);
  });

  it('computes formulas, inside their bounds, and falls back where they have no result', () => {
    const { config, problems } = start();
    expect(config.formula('price', user({ base: 50 }))).toBe(40);
    expect(config.formula('price', user({ base: 50, tier: 'vip' }))).toBe(30);
    expect(config.formula('price', user({ base: 0.5 }))).toBe(1);
    expect(config.formula('price', user())).toBe(99);
    expect(config.details('price', user())).toMatchObject({
      value: 99,
      reason: 'ERROR',
      errorCode: 'GENERAL',
    });
    expect(problems).toMatchObject([{ problem: 'no_result', name: 'price' }]);
  });

  it('runs the function that the values name', () => {
    const { config } = start();
    const rank = config.function('rank', { byPrice: (n: number) => n, byMargin: (n: number) => -n });
    expect(rank(user(), 7)).toBe(7);
    expect(rank(user({ tier: 'vip' }), 7)).toBe(-7);
  });

  it('takes the default function for one that is not implemented, and says so once', () => {
    const { config, problems } = start();
    const rank = config.function('rank', { byPrice: () => 'price' });
    expect(rank(user({ tier: 'vip' }))).toBe('price');
    expect(rank(user({ tier: 'vip' }))).toBe('price');
    expect(problems).toMatchObject([{ problem: 'unknown_function', name: 'byMargin' }]);
  });

  it('runs the steps of a pipeline that apply, in order', () => {
    const { config } = start();
    const flow = config.pipeline<number>('flow', {
      double: (value) => value * 2,
      add: (value, { parameters, weight }) => value + Number(parameters['amount']) * weight,
    });
    expect(flow.run(5, user())).toBe(10);
    expect(flow.run(5, user({ plus: true }))).toBe(12);
    expect(flow.steps(user()).map((step) => step.function)).toEqual(['double']);
  });

  it('answers everything as plain values', () => {
    const { config, evaluator } = start();
    const all = config.all(user({ base: 50 }));
    expect(all).toMatchObject({
      discount: { max: 20 },
      timeout: 'PT1.5S',
      isLoyal: false,
      price: 40,
      rank: 'byPrice',
    });
    expect(all['flow']).toEqual([{ function: 'double', parameters: {}, weight: 1 }]);
    expect(evaluator.evaluate('config:pricing', user({ base: 50 })).value).toEqual(all);
    expect(evaluator.object('config:pricing', {}).get(user({ base: 50 }))).toEqual(all);
  });

  it('falls back and reports once for what is not there', () => {
    const { evaluator, config, problems } = start();
    expect(config.number('discount.maxx', user(), 7)).toBe(7);
    expect(config.number('discount.maxx', user())).toBe(0);
    expect(config.number('mode', user(), 3)).toBe(3);
    const other = evaluator.config('nowhere', { defaults: { 'a.b': 5 } });
    expect(other.number('a.b', user())).toBe(5);
    expect(other.all(user())).toEqual({});
    expect(problems.map(({ problem, name }) => [problem, name])).toEqual([
      ['unknown_parameter', 'discount.maxx'],
      ['type_mismatch', 'mode'],
      ['unknown_config', ''],
    ]);
    const counted: string[] = [];
    evaluator.drainCounts(({ flagKey, rule = '' }, count) => counted.push(`${flagKey} ${rule} ${count}`));
    expect(counted).toContain('config:pricing unknown_parameter:discount.maxx 2');
    expect(counted.some((line) => line.includes('\u0000'))).toBe(false);
  });

  it('inherits schema, values and rules, its own first', () => {
    const child: Config = {
      extends: 'pricing',
      schema: { extra: { type: 'boolean', default: true } },
      values: { discount: { steps: 9 } },
      rules: [
        { id: 'vip', when: { op: 'equals', attribute: 'tier', value: 'vip' }, patch: { mode: 'fast' } },
      ],
    };
    const { evaluator } = start([
      ['config', 'child', child],
      ['config', 'bare', { ...child, inheritRules: false, rules: [] }],
    ]);
    const config = evaluator.config('child');
    expect(config.number('discount.max', user())).toBe(20);
    expect(config.integer('discount.steps', user())).toBe(9);
    expect(config.boolean('extra', user())).toBe(true);
    expect(config.string('mode', user({ tier: 'vip' }))).toBe('fast');
    expect(config.number('discount.max', user({ tier: 'vip' }))).toBe(20);
    expect(evaluator.config('bare').string('mode', user({ tier: 'vip' }))).toBe('safe');
    const next = { ...pricing, values: { discount: { max: 5 } } };
    evaluator.apply({
      upserts: [{ kind: 'config', key: 'pricing', revision: 2, document: next }],
      deletes: [],
      revision: 2,
    });
    expect(config.number('discount.max', user())).toBe(5);
    expect(evaluator.configKeys()).toEqual(expect.arrayContaining(['pricing', 'child', 'bare']));
    expect(evaluator.flagKeys()).toEqual([]);
  });

  it('answers former paths of renamed parameters', () => {
    const { evaluator } = start();
    const renamed: Config = {
      schema: { offer: { ...pricing.schema['discount']!, renamedFrom: 'discount' } },
      values: { offer: { max: 7 } },
    };
    evaluator.apply({
      upserts: [{ kind: 'config', key: 'pricing', revision: 2, document: renamed }],
      deletes: [],
      revision: 2,
    });
    const config = evaluator.config('pricing');
    expect(config.number('discount.max', user())).toBe(7);
    expect(config.number('offer.max', user())).toBe(7);
    expect(config.object('discount', user())).toMatchObject({ max: 7 });
  });

  it('takes overlays and configs as they come and go', () => {
    const { evaluator, config } = start();
    const upsert = (kind: string, key: string, document: unknown, revision: number) =>
      evaluator.apply({ upserts: [{ kind, key, revision, document }], deletes: [], revision });
    upsert('overlay', 'o', overlay({ configPatch: { values: { mode: 'fast' } } }), 2);
    expect(config.string('mode', user())).toBe('fast');
    evaluator.apply({ upserts: [], deletes: [{ kind: 'overlay', key: 'o' }], revision: 3 });
    expect(config.string('mode', user())).toBe('safe');
    evaluator.apply({ upserts: [], deletes: [{ kind: 'config', key: 'pricing' }], revision: 4 });
    expect(config.string('mode', user(), 'none')).toBe('none');
    upsert('config', 'pricing', pricing, 5);
    expect(config.string('mode', user(), 'none')).toBe('safe');
    expect(config.details('mode', user()).revision).toBe(5);
  });

  it('is overridden as a whole or in part, in this process', () => {
    const { evaluator, config } = start();
    evaluator.setOverrides(new Map([['config:pricing', { discount: { max: 1 } }]]));
    expect(config.number('discount.max', user({ tier: 'vip' }))).toBe(1);
    expect(config.string('mode', user())).toBe('safe');
    expect(config.details('mode', user())).toMatchObject({ rule: 'override', reason: 'STATIC' });
    evaluator.setOverrides(undefined);
    expect(config.number('discount.max', user())).toBe(20);
  });

  it('ignores values that do not fit their parameters', () => {
    const { evaluator, config } = start();
    const broken = {
      ...pricing,
      values: { discount: { max: 'much' }, mode: 'wild', mix: { a: 2 }, timeout: 7 },
    };
    evaluator.apply({
      upserts: [{ kind: 'config', key: 'pricing', revision: 2, document: broken }],
      deletes: [],
      revision: 2,
    });
    expect(config.number('discount.max', user())).toBe(10);
    expect(config.string('mode', user())).toBe('safe');
    expect(config.weights('mix', user())).toEqual({ a: 0.5, b: 0.5 });
    expect(config.duration('timeout', user())).toBe(1500);
  });
});

it('reports cycles, and answers fallbacks for their members', () => {
  const evaluator = withConfigs(createEvaluator)();
  const of = (next: string): Config => ({ extends: next, schema: {} });
  const problems = evaluator.load(
    [
      { kind: 'config', key: 'a', revision: 1, document: of('b') },
      { kind: 'config', key: 'b', revision: 1, document: of('a') },
    ],
    1,
  );
  expect(problems.map(({ kind, key, rule }) => [kind, key, rule])).toEqual(
    expect.arrayContaining([
      ['config', 'a', 'config_cycle'],
      ['config', 'b', 'config_cycle'],
    ]),
  );
  expect(evaluator.config('a').number('x', {}, 4)).toBe(4);
});
