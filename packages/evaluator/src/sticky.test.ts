// Sticky splits, in both evaluators: what is remembered is asked first, what is drawn is remembered.
import { describe, expect, it } from 'vitest';
import { createEvaluator as createCompact } from './compact/index.ts';
import { createEvaluator as createFull } from './evaluator.ts';
import type { StickyPort } from './sticky.ts';

const weightsOf = (weights: Readonly<Record<string, number>>) =>
  Object.entries(weights).map(([variant, weight]) => ({ variant, weight }));
const split = (weights: Readonly<Record<string, number>>, more: object = {}) => ({
  split: { weights: weightsOf(weights), sticky: true, ...more },
});
const flagWith = (serve: object, more: object = {}) => ({
  type: 'string',
  enabled: true,
  variants: { a: 'A', b: 'B', c: 'C' },
  rules: [{ id: 'r', when: { op: 'equals', attribute: 'in', value: true }, serve }],
  default: { variant: 'c' },
  ...more,
});

describe.each([
  ['full', createFull],
  ['compact', createCompact],
])('the %s evaluator', (_name, create) => {
  const start = (document: object) => {
    const memory = new Map<string, string>();
    const calls: string[] = [];
    const sticky: StickyPort = {
      get: (slot, _context, unit) => memory.get(`${slot} ${unit}`),
      set(slot, _context, unit, variant) {
        calls.push(slot);
        memory.set(`${slot} ${unit}`, variant);
      },
    };
    const exposed: number[] = [];
    const evaluator = create({ sticky, onExposure: (_outcome, _context, unit) => exposed.push(unit) });
    const put = (next: object) =>
      evaluator.apply({
        upserts: [{ kind: 'flag', key: 'f', revision: 1, document: next }],
        deletes: [],
        revision: 1,
      });
    expect(evaluator.load([{ kind: 'flag', key: 'f', revision: 1, document }], 1)).toEqual([]);
    const ask = (targetingKey: string, more: object = { in: true }) =>
      evaluator.evaluate('f', { targetingKey, ...more });
    return { ask, put, calls, exposed, memory };
  };

  it('remembers what it drew, once, and keeps it when the weights change', () => {
    const { ask, put, calls, exposed } = start(flagWith(split({ a: 1, b: 0 })));
    expect(ask('u')).toMatchObject({ value: 'A', reason: 'SPLIT', rule: 'rule:r' });
    ask('u');
    expect(calls).toEqual(['f/rule:r/f']);
    put(flagWith(split({ a: 0, b: 1 })));
    expect([ask('u').value, ask('new').value]).toEqual(['A', 'B']);
    expect(new Set(exposed).size).toBe(2);
  });

  it('serves nothing it remembers when the rule does not match, the flag is off, or the split no longer names it', () => {
    const { ask, put } = start(flagWith(split({ a: 1 })));
    ask('u');
    expect(ask('u', {}).value).toBe('C');
    put(flagWith(split({ a: 1 }), { enabled: false, offVariant: 'b' }));
    expect(ask('u').value).toBe('B');
    put(flagWith(split({ b: 1 })));
    expect(ask('u').value).toBe('B');
    put(flagWith(split({ a: 1, b: 0 })));
    expect(ask('u').value).toBe('B');
    put(flagWith(split({ a: 1, b: 0 }, { salt: 'other' })));
    expect(ask('u').value).toBe('A');
  });

  it('asks nobody without a unit, and nobody for splits that are not sticky', () => {
    const { ask, put, memory } = start(flagWith(split({ a: 1 })));
    expect(ask('').value).toBe('C');
    put(flagWith(split({ a: 1 }, { sticky: false })));
    expect(ask('u').value).toBe('A');
    expect(memory.size).toBe(0);
  });
});

it('refuses what is neither true nor false', () => {
  const problems = createFull().load(
    [{ kind: 'flag', key: 'f', revision: 1, document: flagWith(split({ a: 1 }, { sticky: 'yes' })) }],
    1,
  );
  expect(problems).toMatchObject([{ path: 'rules[0].serve.split.sticky', rule: 'boolean' }]);
});
