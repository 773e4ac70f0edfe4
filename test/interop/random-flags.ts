// Random documents of what flagd can express too, and contexts for them: as expected, and hostile.
import type { Expression, Flag, Overlay, Segment, Serve } from '@org/contract/model';
import fc from 'fast-check';
import type { Loaded } from './answers.ts';

const words = fc.constantFrom('a', 'b', 'ab', 'abc', '1', 'é');
const numbers = fc.constantFrom(-3, 0, 1, 2, 3.5, 10);
const booleans = fc.boolean();
const attributes = fc.constantFrom<string | string[]>('text', 'number', 'truth', ['nested', 'text']);

const tests: fc.Arbitrary<Expression> = fc.oneof(
  fc.record({
    op: fc.constantFrom('equals', 'not_equals'),
    attribute: attributes,
    value: fc.oneof(words, numbers, booleans),
  }),
  fc.record({
    op: fc.constantFrom('in', 'not_in'),
    attribute: attributes,
    values: fc.array(fc.oneof(words, numbers, booleans), { maxLength: 4 }),
  }),
  fc.record({
    op: fc.constantFrom('greater', 'greater_or_equal', 'less', 'less_or_equal'),
    attribute: attributes,
    value: numbers,
  }),
  fc.tuple(numbers, numbers, attributes).map(([a, b, attribute]) => ({
    op: 'between',
    attribute,
    values: [Math.min(a, b), Math.max(a, b)],
  })),
  fc.record({
    op: fc.constantFrom('contains', 'starts_with', 'ends_with', 'not_contains'),
    attribute: attributes,
    values: fc.array(words, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ op: fc.constantFrom('exists', 'not_exists'), attribute: attributes }),
  fc.record({
    op: fc.constant('modulo'),
    attribute: attributes,
    values: fc.constantFrom([2, 1], [3, 0], [4, 3]),
  }),
  fc.record({
    op: fc.constant('percentage'),
    attribute: fc.constantFrom('targetingKey', 'text', 'number'),
    value: fc.constantFrom(0, 12.5, 50, 100),
    salt: fc.constantFrom('', 'salt-'),
  }),
);

const expressions = fc.letrec<{ node: Expression }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'flags' },
    { weight: 4, arbitrary: tests },
    fc.constantFrom<Expression>({ op: 'segment', key: 'one' }, { op: 'segment', key: 'two' }),
    fc
      .tuple(fc.boolean(), fc.array(tie('node'), { maxLength: 3 }))
      .map(([isAnd, of]): Expression => (isAnd ? { op: 'and', of } : { op: 'or', of })),
    tie('node').map((of): Expression => ({ op: 'not', of })),
  ),
})).node;

const variants = { x: 'X', y: 'Y', z: 'Z' };
const variant = fc.constantFrom('x', 'y', 'z');
const split = fc.record(
  {
    weights: fc.tuple(fc.nat(5), fc.nat(5), fc.integer({ min: 1, max: 5 })).map(([x, y, z]) => [
      { variant: 'x', weight: x },
      { variant: 'y', weight: y },
      { variant: 'z', weight: z },
    ]),
    by: fc.constantFrom<string | string[]>('targetingKey', 'text', 'number', ['nested', 'text']),
    salt: fc.constantFrom('', 'salt-', 'f', 'g'),
  },
  { requiredKeys: ['weights'] },
);
const serve: fc.Arbitrary<Serve> = fc.oneof(
  variant.map((name) => ({ variant: name })),
  split.map((of) => ({ split: of })),
);

const flagOf = (prerequisite: string | undefined): fc.Arbitrary<Flag> =>
  fc.record(
    {
      type: fc.constant('string'),
      enabled: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
      variants: fc.constant(variants),
      offVariant: variant,
      default: serve,
      killed: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
      targets: fc.array(
        fc.record({ variant, keys: fc.array(fc.constantFrom('u1', 'u2', 'u3'), { maxLength: 2 }) }),
        { maxLength: 2 },
      ),
      rules: fc
        .array(fc.record({ when: expressions, serve }), { maxLength: 3 })
        .map((rules) => rules.map((rule, index) => ({ id: `r${index}`, ...rule }))),
      prerequisites:
        prerequisite === undefined
          ? fc.constant([])
          : fc.array(
              fc.record({
                flag: fc.constant(prerequisite),
                variants: fc.subarray(['x', 'y', 'z'], { minLength: 1 }),
              }),
              { maxLength: 1 },
            ),
    },
    { requiredKeys: ['type', 'enabled', 'variants', 'rules'] },
  );

const segmentOf = (when: fc.Arbitrary<Expression>): fc.Arbitrary<Segment> =>
  fc.record(
    {
      when,
      included: fc.array(fc.constantFrom('u1', 'u4'), { maxLength: 2 }),
      excluded: fc.array(fc.constantFrom('u2', 'u5'), { maxLength: 2 }),
    },
    { requiredKeys: ['when'] },
  );

const overlay: fc.Arbitrary<Overlay> = fc.record(
  {
    target: fc.constant({ kind: 'flag', key: 'f' } as const),
    patch: serve.map((served) => ({ serve: served })),
    eligibility: expressions,
    layer: fc.constant('layer'),
    ranges: fc.constantFrom(
      [{ from: 0, to: 30_000 }],
      [
        { from: 60_000, to: 100_000 },
        { from: 10_000, to: 20_000 },
      ],
      [],
    ),
    mode: fc.constantFrom('live', 'shadow'),
  },
  { requiredKeys: ['target', 'patch', 'ranges', 'mode', 'layer'] },
);

/** An environment: `f`, which may require `g`, which may require `h`. */
export const environments: fc.Arbitrary<readonly Loaded[]> = fc
  .record({
    flags: fc.record({ f: flagOf('g'), g: flagOf('h'), h: flagOf(undefined) }),
    segments: fc.record({
      one: segmentOf(expressions.filter((when) => !JSON.stringify(when).includes('"segment"'))),
      two: segmentOf(fc.oneof(tests, fc.constant<Expression>({ op: 'segment', key: 'one' }))),
    }),
    overlays: fc.array(overlay, { maxLength: 1 }),
  })
  .map(({ flags, segments, overlays }) => [
    ...Object.entries(flags).map(([key, document]) => ({ kind: 'flag', key, document })),
    ...Object.entries(segments).map(([key, document]) => ({ kind: 'segment', key, document })),
    ...overlays.map((document, index) => ({ kind: 'overlay', key: `o${index}`, document })),
  ]);

/** Contexts of the types that are expected. */
export const typedContexts: fc.Arbitrary<object> = fc.record(
  {
    targetingKey: fc.constantFrom('u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'u7'),
    text: words.filter((word) => word !== 'é'),
    number: numbers,
    truth: booleans,
    nested: fc.record({ text: words.filter((word) => word !== 'é') }),
  },
  { requiredKeys: [] },
);

const odd = fc.constantFrom<unknown>(
  ...[null, '', 'é', ' 1', '2', 'x'.repeat(300), true, false, 0, 7, 1e300, [], ['a'], [1], {}, { text: 'a' }],
);

/** Contexts with any value for any attribute. Units are texts, and no list stands where an object is expected. */
export const hostileContexts: fc.Arbitrary<object> = fc.record(
  {
    targetingKey: fc.constantFrom('u1', 'u2', '', 'é', null, true),
    text: fc.oneof(words, odd),
    number: fc.oneof(numbers, odd),
    truth: fc.oneof(booleans, odd),
    nested: fc.oneof(fc.record({ text: odd }), fc.constantFrom<unknown>(null, 'a', 1, {})),
  },
  { requiredKeys: [] },
);
