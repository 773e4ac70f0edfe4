// Random targeting, made of everything the import takes, answers like flagd; random JSON never makes the import throw.
import { checkDocument, createEvaluator } from '@org/evaluator';
import { jsonLogic } from '@org/evaluator/logic';
import { importFlagd } from '@org/interop';
import { FlagdCore } from '@openfeature/flagd-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const silent = { error() {}, warn() {}, info() {}, debug() {} };
const words = fc.constantFrom('a', 'b', 'ab', 'ba', 'abc');
const numbers = fc.integer({ min: -3, max: 3 });
const text = { var: 'text' };
const number = { var: 'nested.number' };

/** Conditions over attributes of the types that contexts below have. */
const { condition } = fc.letrec<{ condition: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    fc.tuple(fc.constantFrom('==', '===', '!=', '!=='), words).map(([op, word]) => ({ [op]: [text, word] })),
    fc
      .tuple(fc.constantFrom('<', '<=', '>', '>='), numbers)
      .map(([op, bound]) => ({ [op]: [number, bound] })),
    fc
      .tuple(fc.constantFrom('<', '<=', '>', '>='), numbers)
      .map(([op, bound]) => ({ [op]: [bound, number] })),
    fc
      .tuple(fc.constantFrom('<', '<='), numbers, numbers)
      .map(([op, low, high]) => ({ [op]: [low, number, high] })),
    fc.array(words, { maxLength: 3 }).map((list) => ({ in: [text, list] })),
    fc.array(numbers, { maxLength: 3 }).map((list) => ({ in: [number, list] })),
    words.map((word) => ({ in: [word, text] })),
    fc
      .tuple(fc.constantFrom('starts_with', 'ends_with'), words)
      .map(([op, word]) => ({ [op]: [text, word] })),
    fc.constantFrom(text, number, true, false, null, { '===': [text, null] }, { missing: ['text'] }),
  ),
  condition: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'logic' },
    tie('leaf'),
    fc
      .tuple(fc.constantFrom('and', 'or'), fc.array(tie('condition'), { maxLength: 3 }))
      .map(([op, of]) => ({ [op]: of })),
    tie('condition').map((of) => ({ '!': [of] })),
    tie('condition').map((of) => ({ '!!': [of] })),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map((of) => ({ if: of })),
  ),
}));

/** Targeting that ends in variants, the default, or splits. */
const { targeting } = fc.letrec<{ targeting: unknown }>((tie) => ({
  targeting: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'targeting' },
    fc.constantFrom('one', 'two', null),
    fc.tuple(fc.nat(5), fc.nat(5)).map((weights) => ({
      fractional: [
        ['one', weights[0]],
        ['two', weights[1]],
      ],
    })),
    fc
      .array(
        tie('targeting').chain((result) => condition.map((when) => [when, result])),
        { maxLength: 3 },
      )
      .chain((pairs) =>
        fc
          .option(tie('targeting'), { nil: undefined })
          .map((last) => ({ if: [...pairs.flat(), ...(last === undefined ? [] : [last])] })),
      )
      .filter(({ if: operands }) => operands.length > 1),
  ),
}));

const contexts = fc.record(
  {
    targetingKey: fc.stringMatching(/^[a-z0-9]{1,8}$/),
    text: fc.oneof(words, fc.constant('')),
    nested: fc.record({ number: numbers }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

const definition = (logic: unknown) => ({
  flags: {
    f: { state: 'ENABLED', variants: { one: 1, two: 2, none: 0 }, defaultVariant: 'none', targeting: logic },
  },
});

it('answers like flagd', () => {
  let compared = 0;
  const property = fc.property(
    targeting,
    fc.array(contexts, { minLength: 20, maxLength: 20 }),
    (logic, asked) => {
      const { documents, findings } = importFlagd(definition(logic));
      expect(findings.filter(({ effect }) => effect === 'left-out')).toEqual([]);
      const evaluator = createEvaluator({ logic: jsonLogic });
      expect(
        evaluator.load(
          documents.map((document) => ({ ...document, revision: 1 })),
          1,
        ),
      ).toEqual([]);
      const flagd = new FlagdCore(undefined, silent);
      flagd.setConfigurations(JSON.stringify(definition(logic)));
      for (const context of asked) {
        const { variant } = flagd.getFlag('f')!.evaluate(context);
        expect(evaluator.evaluate('f', context).variant, JSON.stringify(context)).toBe(variant);
        compared += 1;
      }
    },
  );
  fc.assert(property, { numRuns: 1_000, seed: 1 });
  expect(compared).toBe(20_000);
});

it('takes any JSON without throwing, and what it makes of it is valid', () => {
  const logicLike = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie('node'), { maxLength: 4 }),
      fc
        .tuple(
          fc.constantFrom(
            'if',
            'and',
            'or',
            '!',
            'var',
            'in',
            '==',
            '<',
            'fractional',
            'cat',
            '$ref',
            'missing',
            '__proto__',
            'sem_ver',
          ),
          tie('node'),
        )
        .map(([op, operand]) => JSON.parse(`{${JSON.stringify(op)}:${JSON.stringify(operand)}}`) as unknown),
    ),
  })).node;
  const anything = fc.oneof(
    fc.jsonValue(),
    logicLike.map(definition),
    fc
      .tuple(logicLike, logicLike)
      .map(([logic, fragment]) => ({ ...definition(logic), $evaluators: { a: fragment, '': fragment } })),
  );
  const property = fc.property(anything, (value) => {
    const exact = importFlagd(value, { exact: true }).documents;
    for (const { kind, key, document } of [...importFlagd(value).documents, ...exact]) {
      expect(checkDocument(kind, key, document, { logic: jsonLogic }), JSON.stringify(document)).toEqual([]);
    }
  });
  fc.assert(property, { numRuns: 5_000, seed: 1 });
});
