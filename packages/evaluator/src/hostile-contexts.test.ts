import { describe, expect, it } from 'vitest';
import { createEvaluator as createCompactEvaluator } from './compact/index.ts';
import { createEvaluator, type Evaluator } from './index.ts';
import { equals, flag, off, ruleWhen } from './testing/documents.ts';

const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'isPrototypeOf',
];
const half = {
  split: {
    weights: [
      { variant: 'on', weight: 1 },
      { variant: 'off', weight: 1 },
    ],
  },
};

function load(...documents: ReturnType<typeof flag>[]): Evaluator {
  const evaluator = createEvaluator();
  expect(evaluator.load(documents, 1)).toEqual([]);
  return evaluator;
}

const countryIsGermany = () =>
  load(flag('f', { default: off, rules: [ruleWhen(equals('country', 'DE'))] })).boolean('f', false);

describe('only own properties are attributes', () => {
  it('of plain objects, whatever the name', () => {
    for (const name of names) {
      const handle = load(
        flag('f', { default: off, rules: [ruleWhen({ op: 'exists', attribute: name })] }),
      ).boolean('f', false);
      expect(handle.get({}), name).toBe(false);
      expect(handle.get(Object.create(null) as never), name).toBe(false);
      expect(handle.get(JSON.parse(`{"${name}": 1}`) as never), name).toBe(true);
      expect(handle.get({ kind: 'multi', user: JSON.parse(`{"${name}": 1}`) as object }), name).toBe(true);
    }
  });

  it('and not what a prototype has, be it a class, an object or polluted', () => {
    class Visitor {
      get country() {
        return 'DE';
      }
    }
    const handle = countryIsGermany();
    expect(handle.get(new Visitor() as never)).toBe(false);
    expect(handle.get(Object.create({ country: 'DE' }) as never)).toBe(false);
    expect(handle.get(Object.assign(new Visitor(), {}) as never)).toBe(false);
    expect(handle.get(Object.defineProperty(new Visitor(), 'country', { value: 'DE' }) as never)).toBe(true);
  });

  it('and not a targeting key or a kind that is inherited', () => {
    const evaluator = load(flag('f', { default: half, targets: [{ variant: 'on', keys: ['u-1'] }] }));
    const inherited = Object.create({ targetingKey: 'u-1' }) as never;
    expect(evaluator.evaluate('f', inherited).errorCode).toBe('TARGETING_KEY_MISSING');
    const kind = Object.assign(Object.create({ kind: 'device' }), { targetingKey: 'u-1' }) as never;
    expect(evaluator.evaluate('f', kind).rule).toBe('target');
  });

  it('of objects without prototype and of another realm', () => {
    const handle = countryIsGermany();
    expect(handle.get(Object.assign(Object.create(null), { country: 'DE' }) as never)).toBe(true);
  });

  it('and nothing of arrays, functions, texts and maps', () => {
    const evaluator = load(
      flag('f', {
        default: off,
        rules: [
          ruleWhen({ op: 'exists', attribute: 'length' }),
          ruleWhen({ op: 'exists', attribute: 'size' }, undefined, 's'),
        ],
      }),
    );
    for (const context of [[1], 'text', () => 1, new Map([['size', 1]]), new Set([1]), 7n, Symbol('x')]) {
      expect(evaluator.evaluate('f', context as never).rule).toBe('default');
    }
  });
});

describe('a context that throws', () => {
  const throwing = {
    get country(): string {
      throw new Error('no country');
    },
    get targetingKey(): string {
      throw new Error('no key');
    },
  };
  const refuse = () => {
    throw new Error('no trap');
  };
  const trap = new Proxy(
    {},
    { get: refuse, has: refuse, getPrototypeOf: refuse, getOwnPropertyDescriptor: refuse, ownKeys: refuse },
  );

  it('is answered with the default, GENERAL, and counted', () => {
    const evaluator = load(flag('f', { default: half, rules: [ruleWhen(equals('country', 'DE'))] }));
    const handle = evaluator.boolean('f', true);
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    for (const context of [throwing, trap, { kind: 'multi', user: throwing }, revoked.proxy]) {
      expect(handle.get(context as never)).toBe(true);
      expect(handle.details(context as never)).toMatchObject({
        value: true,
        reason: 'ERROR',
        errorCode: 'GENERAL',
      });
      expect(evaluator.evaluate('f', context as never).errorCode).toBe('GENERAL');
    }
    let counted = 0;
    evaluator.drainCounts((outcome, count) => (counted += outcome.errorCode === 'GENERAL' ? count : 0));
    expect(counted).toBe(12);
  });

  it('does not matter to a flag that does not read it', () => {
    const evaluator = load(
      flag('static'),
      flag('other', { default: off, rules: [ruleWhen(equals('plan', 'pro'))] }),
    );
    expect(evaluator.boolean('static', false).get(trap as never)).toBe(true);
    expect(evaluator.evaluate('other', throwing as never).rule).toBe('default');
  });

  it('may evaluate flags itself meanwhile', () => {
    const rules = Array.from({ length: 10 }, (_, index) =>
      ruleWhen({ op: 'and', of: [equals('a', index), equals('b', index)] }, undefined, `r${index}`),
    );
    const evaluator = load(flag('f', { default: off, rules }));
    const handle = evaluator.boolean('f', false);
    const nested = {
      a: 3,
      get b() {
        expect(handle.details({ a: 5, b: 5 }).rule).toBe('rule:r5');
        return 3;
      },
    };
    expect(handle.details(nested).rule).toBe('rule:r3');
  });
});

describe('a context of any size and form', () => {
  const evaluator = load(
    flag('f', {
      default: half,
      rules: [
        ruleWhen({ op: 'contains', attribute: 'text', values: ['needle'] }),
        ruleWhen({ op: 'equals', attribute: ['a', 'a', 'a'], value: 1 }, undefined, 'deep'),
      ],
    }),
  );

  it('is answered: cycles, depth, length, big numbers', () => {
    const cycle: Record<string, unknown> = { targetingKey: 'u' };
    cycle['a'] = cycle;
    let deep: Record<string, unknown> = {};
    for (let depth = 0; depth < 10_000; depth++) deep = { a: deep };
    const long = 'x'.repeat(1_000_000);
    for (const context of [
      cycle,
      deep,
      { text: long, targetingKey: long },
      { targetingKey: 'é'.repeat(1_000_000) },
    ]) {
      expect(evaluator.evaluate('f', context as never).errorCode ?? 'none').toMatch(
        /none|TARGETING_KEY_MISSING/,
      );
    }
    for (const targetingKey of [
      10n,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      {},
      [],
      null,
      true,
      Symbol('u'),
    ]) {
      expect(evaluator.evaluate('f', { targetingKey } as never).errorCode).toBe('TARGETING_KEY_MISSING');
    }
  });

  it('has a unit of at most 16,384 UTF-16 units', () => {
    const lengths = [16_384, 16_385].map((length) => 'u'.repeat(length));
    for (const create of [createEvaluator, createCompactEvaluator]) {
      const split = create();
      split.load([flag('f', { default: half })], 1);
      const reasons = lengths.map((targetingKey) => split.evaluate('f', { targetingKey }).reason);
      expect(reasons).toEqual(['SPLIT', 'ERROR']);
    }
  });

  it('is left as it was', () => {
    const context = Object.freeze({ targetingKey: 'u', text: 'needle' });
    expect(evaluator.evaluate('f', context).rule).toBe('rule:r');
    expect(context).toEqual({ targetingKey: 'u', text: 'needle' });
  });
});
