import { describe, expect, it } from 'vitest';
import type { EvaluationContext } from '@org/contract/model';
import { createEvaluator, type Evaluator, type Outcome } from './index.ts';
import { equals, flag, inSegment, off, on, overlay, ruleWhen, segment } from './testing/documents.ts';

const user: EvaluationContext = { targetingKey: 'u-1' };

function load(
  ...documents: Parameters<Evaluator['load']>[0] extends Iterable<infer D> ? D[] : never
): Evaluator {
  const evaluator = createEvaluator();
  expect(evaluator.load(documents, 1)).toEqual([]);
  return evaluator;
}

function drain(evaluator: Evaluator): Record<string, number> {
  const counts: Record<string, number> = {};
  evaluator.drainCounts((outcome, count) => {
    const name = `${outcome.flagKey} ${outcome.variant ?? outcome.errorCode ?? 'default'} ${outcome.revision}`;
    counts[name] = (counts[name] ?? 0) + count;
  });
  return counts;
}

describe('handles', () => {
  it('answer with the default until the first load', () => {
    const evaluator = createEvaluator();
    const handle = evaluator.boolean('f', true);
    expect(evaluator.revision).toBe(-1);
    expect(handle.get(user)).toBe(true);
    expect(handle.details(user)).toEqual({
      flagKey: 'f',
      value: true,
      reason: 'ERROR',
      revision: 0,
      errorCode: 'PROVIDER_NOT_READY',
      errorMessage: expect.any(String) as string,
    });
    expect(evaluator.evaluate('f', user).errorCode).toBe('PROVIDER_NOT_READY');
  });

  it('survive loads and deltas', () => {
    const evaluator = createEvaluator();
    const handle = evaluator.boolean('f', false);
    evaluator.load([flag('f')], 1);
    expect(handle.get(user)).toBe(true);
    evaluator.apply({ upserts: [flag('f', { default: off }, 2)], deletes: [], revision: 2 });
    expect(handle.get(user)).toBe(false);
    evaluator.apply({ upserts: [], deletes: [{ kind: 'flag', key: 'f' }], revision: 3 });
    expect(handle.details(user).errorCode).toBe('FLAG_NOT_FOUND');
    evaluator.load([flag('f', {}, 4)], 4);
    expect(handle.details(user)).toMatchObject({ value: true, revision: 4 });
    expect(evaluator.revision).toBe(4);
  });

  it('share their details while nothing changes', () => {
    const evaluator = load(flag('f'), flag('g', { enabled: false, offVariant: undefined as never }));
    const handle = evaluator.boolean('f', false);
    expect(handle.details(user)).toBe(handle.details({ targetingKey: 'u-2' }));
    const withDefault = evaluator.boolean('g', true);
    expect(withDefault.details(user)).toBe(withDefault.details({ targetingKey: 'u-2' }));
    expect(withDefault.details(user)).toMatchObject({ value: true, reason: 'DISABLED' });
  });

  it('give details that nobody can change, and nothing but details', () => {
    const handle = load(flag('f')).boolean('f', false);
    const details = handle.details(user);
    expect(details).toEqual({
      ...{ flagKey: 'f', value: true, variant: 'on', reason: 'STATIC', rule: 'default', revision: 1 },
    });
    expect(Reflect.set(details, 'value', 'other')).toBe(false);
    expect(handle.get(user)).toBe(true);
  });

  it('of one flag may ask for several types', () => {
    const evaluator = load(flag('f'));
    const wrong = evaluator.string('f', 'x');
    expect(wrong.get(user)).toBe('x');
    expect(wrong.details(user).errorCode).toBe('TYPE_MISMATCH');
    expect(evaluator.boolean('f', false).get(user)).toBe(true);
    const text = { type: 'string' as const, variants: { on: 'text', off: '' } };
    evaluator.apply({ upserts: [flag('f', text, 2)], deletes: [], revision: 2 });
    expect(wrong.get(user)).toBe('text');
  });

  it('serve values nobody can change', () => {
    const evaluator = load(flag('f', { type: 'object', variants: { on: { list: [{ deep: 1 }] }, off: {} } }));
    const value = evaluator.object('f', {}).get(user) as unknown as { list: { deep: number }[] };
    expect(() => (value.list[0]!.deep = 2)).toThrow(TypeError);
    expect(() => value.list.push({ deep: 3 })).toThrow(TypeError);
  });

  it('work for more made-up keys than are kept', () => {
    const evaluator = createEvaluator();
    for (let index = 0; index < 100_001; index++) evaluator.boolean(`made-up-${index}`, false);
    const late = evaluator.boolean('late', false);
    expect(late.get(user)).toBe(false);
    expect(late.details(user).errorCode).toBe('PROVIDER_NOT_READY');
    evaluator.load([flag('late')], 1);
    expect(late.get(user)).toBe(true);
    evaluator.apply({ upserts: [], deletes: [{ kind: 'flag', key: 'late' }], revision: 2 });
    expect(late.details(user).errorCode).toBe('FLAG_NOT_FOUND');
  });
});

describe('a change', () => {
  const documents = [
    flag('uses', { default: off, rules: [ruleWhen(inSegment('s'))] }),
    flag('requires', { prerequisites: [{ flag: 'uses', variants: ['on'] }] }),
    flag('alone'),
    segment('s', inSegment('t')),
    segment('t', equals('a', 1)),
  ];

  it('reaches what depends on it, through segments and prerequisites, with its revision', () => {
    const evaluator = load(...documents);
    const context = { a: 2 };
    expect(evaluator.evaluate('requires', context)).toMatchObject({ value: false, revision: 1 });
    evaluator.apply({ upserts: [segment('t', equals('a', 2), {}, 2)], deletes: [], revision: 2 });
    expect(evaluator.evaluate('uses', context)).toMatchObject({ value: true, revision: 2 });
    expect(evaluator.evaluate('requires', context)).toMatchObject({ value: true, revision: 2 });
  });

  it('leaves alone what does not depend on it', () => {
    const evaluator = load(...documents);
    const before = evaluator.evaluate('alone', user);
    evaluator.apply({ upserts: [segment('t', equals('a', 2), {}, 2)], deletes: [], revision: 2 });
    expect(evaluator.evaluate('alone', user)).toBe(before);
  });

  it('of an overlay reaches its flag, also when it moves to another one or goes', () => {
    const evaluator = load(flag('f', { default: off }), flag('g', { default: off }));
    const upsert = (target: string, revision: number) =>
      evaluator.apply({ upserts: [overlay('o', target, {}, revision)], deletes: [], revision });
    upsert('f', 2);
    expect(evaluator.evaluate('f', user)).toMatchObject({ value: true, rule: 'overlay:o', revision: 2 });
    upsert('g', 3);
    expect(evaluator.evaluate('f', user).value).toBe(false);
    expect(evaluator.evaluate('g', user)).toMatchObject({ value: true, revision: 3 });
    evaluator.apply({ upserts: [], deletes: [{ kind: 'overlay', key: 'o' }], revision: 4 });
    expect(evaluator.evaluate('g', user).value).toBe(false);
  });

  it('may take away what others need, and bring it back', () => {
    const evaluator = load(...documents);
    const gone = evaluator.apply({ upserts: [], deletes: [{ kind: 'segment', key: 't' }], revision: 2 });
    expect(gone.map(({ kind, key, path, rule }) => ({ kind, key, path, rule }))).toEqual([
      { kind: 'segment', key: 's', path: 'when.key', rule: 'unknown_segment' },
      { kind: 'flag', key: 'uses', path: 'rules[0].when.key', rule: 'unknown_segment' },
    ]);
    expect(evaluator.evaluate('uses', { a: 1 }).errorCode).toBe('PARSE_ERROR');
    expect(evaluator.evaluate('requires', { a: 1 })).toMatchObject({
      value: false,
      rule: 'prerequisite:uses',
    });
    expect(
      evaluator.apply({ upserts: [segment('t', equals('a', 1), {}, 3)], deletes: [], revision: 3 }),
    ).toEqual([]);
    expect(evaluator.evaluate('requires', { a: 1 }).value).toBe(true);
  });

  it('may close a cycle, and open it again', () => {
    const evaluator = load(...documents);
    const closed = evaluator.apply({
      upserts: [segment('t', inSegment('s'), {}, 2)],
      deletes: [],
      revision: 2,
    });
    expect(closed).toContainEqual(expect.objectContaining({ key: 't', rule: 'segment_cycle' }));
    expect(closed.find(({ key }) => key === 't')?.message).toMatch(/s → t → s|t → s → t/);
    expect(evaluator.evaluate('uses', { a: 1 }).errorCode).toBe('PARSE_ERROR');
    evaluator.apply({ upserts: [segment('t', equals('a', 1), {}, 3)], deletes: [], revision: 3 });
    expect(evaluator.evaluate('uses', { a: 1 }).value).toBe(true);
  });

  it('replaces everything when it is a load', () => {
    const evaluator = load(...documents);
    evaluator.load([flag('alone', {}, 5), flag('new', {}, 5)], 5);
    expect([...evaluator.flagKeys()].sort()).toEqual(['alone', 'new']);
    expect(evaluator.evaluate('uses', user).errorCode).toBe('FLAG_NOT_FOUND');
  });

  it('of a document that does not compile disables that one, and is reported', () => {
    const evaluator = load(...documents);
    const broken = flag('alone', { variants: { on: 'no boolean' } }, 2);
    const problems = evaluator.apply({ upserts: [broken], deletes: [], revision: 2 });
    expect(problems[0]).toMatchObject({
      kind: 'flag',
      key: 'alone',
      path: 'variants.on',
      rule: 'variant_type',
    });
    expect(evaluator.evaluate('alone', user)).toMatchObject({ errorCode: 'PARSE_ERROR', revision: 2 });
    expect(evaluator.evaluate('uses', { a: 1 }).value).toBe(true);
    expect(evaluator.flagKeys()).toContain('alone');
  });

  it('takes the last of two documents with one key', () => {
    const evaluator = load(flag('f'), flag('f', { default: off }, 2));
    expect(evaluator.evaluate('f', user)).toMatchObject({ value: false, revision: 2 });
  });
});

describe('counts', () => {
  it('are kept per outcome and drained once', () => {
    const evaluator = load(flag('f', { default: off, rules: [ruleWhen(equals('a', 1))] }));
    const handle = evaluator.boolean('f', false);
    for (const a of [1, 1, 2]) handle.get({ a });
    handle.details({ a: 2 });
    evaluator.evaluate('f', { a: 1 });
    expect(drain(evaluator)).toEqual({ 'f on 1': 3, 'f off 1': 2 });
    expect(drain(evaluator)).toEqual({});
  });

  it('survive the replacement of a program', () => {
    const evaluator = load(flag('f'));
    const handle = evaluator.boolean('f', false);
    handle.get(user);
    evaluator.apply({ upserts: [flag('f', {}, 2)], deletes: [], revision: 2 });
    handle.get(user);
    handle.get(user);
    expect(drain(evaluator)).toEqual({ 'f on 1': 1, 'f on 2': 2 });
  });

  it('count errors, too', () => {
    const evaluator = load(flag('f'));
    evaluator.string('f', '').get(user);
    evaluator.boolean('nobody', false).get(user);
    expect(drain(evaluator)).toEqual({ 'f TYPE_MISMATCH 1': 1, 'nobody FLAG_NOT_FOUND 0': 1 });
  });

  it('do not count what prerequisites evaluate', () => {
    const evaluator = load(flag('f', { prerequisites: [{ flag: 'g', variants: ['on'] }] }), flag('g'));
    evaluator.boolean('f', false).get(user);
    expect(drain(evaluator)).toEqual({ 'f on 1': 1 });
  });
});

describe('exposures', () => {
  const half = {
    split: {
      weights: [
        { variant: 'on', weight: 1 },
        { variant: 'off', weight: 1 },
      ],
    },
  };

  function record(...documents: Parameters<typeof load>): {
    evaluator: Evaluator;
    seen: [string, string, number][];
  } {
    const seen: [string, string, number][] = [];
    const evaluator = createEvaluator({
      onExposure: (outcome: Outcome, _context, unitHash) =>
        seen.push([outcome.flagKey, outcome.rule!, unitHash]),
    });
    evaluator.load(documents, 1);
    return { evaluator, seen };
  }

  it('are splits and overlays, with the hash of the unit', () => {
    const { evaluator, seen } = record(
      flag('split', { default: { split: { ...half.split, salt: '' } } }),
      flag('overlaid', { default: off }),
      overlay('o', 'overlaid', { salt: '' }),
    );
    evaluator.boolean('split', false).get({ targetingKey: '6LvT0' });
    evaluator.evaluate('overlaid', { targetingKey: 'SI7p-' });
    expect(seen).toEqual([
      ['split', 'default', -2_147_483_648],
      ['overlaid', 'overlay:o', 2_147_483_647],
    ]);
  });

  it('are neither rules, defaults and targets, nor what prerequisites evaluate', () => {
    const { evaluator, seen } = record(
      flag('f', { prerequisites: [{ flag: 'split', variants: ['on', 'off'] }] }),
      flag('split', { default: half, targets: [{ variant: 'on', keys: ['u-9'] }] }),
    );
    evaluator.boolean('f', false).get(user);
    evaluator.boolean('split', false).get({ targetingKey: 'u-9' });
    expect(seen).toEqual([]);
  });

  it('change no answer when recording them fails', () => {
    const evaluator = createEvaluator({
      onExposure: () => {
        throw new Error('full');
      },
    });
    evaluator.load([flag('f', { default: half })], 1);
    expect(evaluator.boolean('f', false).details(user).reason).toBe('SPLIT');
  });
});

describe('overrides', () => {
  it('win over everything, are excluded, and end', () => {
    const evaluator = load(flag('f', { enabled: false }));
    const handle = evaluator.boolean('f', false);
    evaluator.setOverrides(new Map([['f', true]]));
    expect(handle.details(user)).toMatchObject({ value: true, reason: 'STATIC', rule: 'override' });
    expect(evaluator.evaluate('f', user)).toMatchObject({ excluded: true });
    evaluator.apply({ upserts: [flag('f', {}, 2)], deletes: [], revision: 2 });
    expect(handle.details(user).rule).toBe('override');
    expect(evaluator.evaluate('f', user).rule).toBe('override');
    evaluator.setOverrides(undefined);
    expect(handle.details(user)).toMatchObject({ value: true, rule: 'default' });
  });

  it('of flags that do not exist work before and after the first load', () => {
    const evaluator = createEvaluator();
    const handle = evaluator.string('made-up', 'default');
    evaluator.setOverrides(new Map([['made-up', 'value']]));
    expect(handle.get(user)).toBe('value');
    evaluator.load([], 1);
    expect(handle.get(user)).toBe('value');
    evaluator.setOverrides(new Map());
    expect(handle.get(user)).toBe('default');
  });

  it('of another type are a mismatch', () => {
    const evaluator = load(flag('f'));
    evaluator.setOverrides(new Map([['f', 'text']]));
    expect(evaluator.boolean('f', false).details(user).errorCode).toBe('TYPE_MISMATCH');
    expect(evaluator.string('f', '').get(user)).toBe('text');
  });
});

describe('hashed literals', () => {
  const hashed = 'env-1';
  const documents = [
    flag('f', {
      default: off,
      targets: [{ variant: 'on', keys: ['#u-1', '#7'], hashed }],
      rules: [
        ruleWhen({ op: 'in', attribute: 'email', values: ['#a@x', 3], hashed }),
        ruleWhen(inSegment('s'), on, 's'),
      ],
    }),
    segment('s', { op: 'or', of: [] }, { included: ['#u-2'], hashed }),
  ];
  const digest = (salt: string, literal: string) => (salt === hashed ? `#${literal}` : 'other');

  it('match through the digest', () => {
    const evaluator = createEvaluator({ digest });
    evaluator.load(documents, 1);
    const rule = (context: EvaluationContext) => evaluator.evaluate('f', context).rule;
    expect(rule({ targetingKey: 'u-1' })).toBe('target');
    expect(rule({ targetingKey: 7 })).toBe('target');
    expect(rule({ email: 'a@x' })).toBe('rule:r');
    expect(rule({ email: 3 })).toBe('rule:r');
    expect(rule({ email: '#a@x' })).toBe('default');
    expect(rule({ targetingKey: 'u-2' })).toBe('rule:s');
    expect(rule({ targetingKey: '#u-1' })).toBe('default');
  });
});
