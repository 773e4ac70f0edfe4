import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Expression, Rule } from '@org/contract/model';
import { createEvaluator, type Evaluator } from './index.ts';
import { flag, off } from './testing/documents.ts';

const attributes = ['a', 'b', 'c', 'd'];
const literals = fc.constantFrom<string | number | boolean>('x', 'y', '1', 1, 0, true, false);
const tests = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('equals'),
      attribute: fc.constantFrom(...attributes),
      value: literals,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('in'),
      attribute: fc.constantFrom(...attributes),
      values: fc.array(literals, { maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('exists'), attribute: fc.constantFrom(...attributes) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('equals'),
      attribute: fc.constant('a'),
      kind: fc.constant('device'),
      value: literals,
    }),
  },
) as fc.Arbitrary<Expression>;
const conditions: fc.Arbitrary<Expression> = fc.oneof(
  { weight: 2, arbitrary: tests },
  { weight: 4, arbitrary: fc.array(tests, { maxLength: 4 }).map((of): Expression => ({ op: 'and', of })) },
  { weight: 1, arbitrary: tests.map((of): Expression => ({ op: 'not', of })) },
);
const serves = fc.constantFrom<Rule['serve']>(
  { variant: 'on' },
  { split: { weights: [{ variant: 'on', weight: 1 }], by: 'c' } },
);
const rules = fc
  .array(fc.record({ when: conditions, serve: serves }), { minLength: 6, maxLength: 80 })
  .map((list): Rule[] => list.map((rule, index) => ({ ...rule, id: `r${index}` })));
const contexts = fc.dictionary(
  fc.constantFrom(...attributes),
  fc.oneof(literals, fc.constant(-0), fc.constant(null), fc.constant([1])),
);

const load = (list: readonly Rule[]): Evaluator => {
  const evaluator = createEvaluator();
  evaluator.load([flag('f', { default: off, rules: list })], 1);
  return evaluator;
};

it('decides as the rules do one by one', () => {
  fc.assert(
    fc.property(rules, fc.array(contexts, { minLength: 5, maxLength: 20 }), (list, samples) => {
      const indexed = load(list);
      // Flags of one rule each are never indexed.
      const alone = list.map((rule) => load([rule]));
      for (const sample of samples) {
        // Also behind a prototype, where every attribute is checked to be the object's own.
        for (const context of [
          sample,
          Object.assign(Object.create({ a: 'x', b: 'y', c: 1 }), sample) as object,
        ]) {
          const first = alone.findIndex(
            (evaluator) => evaluator.evaluate('f', context as never).rule !== 'default',
          );
          const expected = first < 0 ? 'default' : `rule:r${first}`;
          expect(indexed.evaluate('f', context as never).rule).toBe(expected);
        }
      }
    }),
    { numRuns: 300, seed: 20_261_120 },
  );
});
