// Fragments that some flagd-core would choke on stand where they are used; all others stay shared.
import { expect, it } from 'vitest';
import { inlineFragile } from './inline-fragments.ts';

const flag = (targeting: unknown) => ({
  state: 'ENABLED',
  variants: { a: 1 },
  defaultVariant: 'a',
  targeting,
});
const definition = (evaluators: object) =>
  ({
    $schema: 's',
    flags: {
      f: flag({ if: [{ and: [{ $ref: 'one' }, { $ref: 'two' }] }, 'a'] }),
      g: { state: 'DISABLED', variants: { a: 1 } },
    },
    $evaluators: evaluators,
    metadata: { flagSetId: 'e' },
  }) as never;

it.each([{ in: [{ var: 'c' }, ['Österreich']] }, { in: [{ var: 'c' }, ['a\\b', '"']] }])(
  'inlines %j',
  (two) => {
    const one = { '==': [1, 1] };
    expect(inlineFragile(definition({ one, two }))).toEqual({
      $schema: 's',
      flags: {
        f: flag({ if: [{ and: [{ $ref: 'one' }, two] }, 'a'] }),
        g: { state: 'DISABLED', variants: { a: 1 } },
      },
      $evaluators: { one },
      metadata: { flagSetId: 'e' },
    });
  },
);

it('leaves what is plain as it is', () => {
  const plain = definition({ one: { '==': [1, 1] }, two: { '==': ['x', 'y'] } });
  expect(inlineFragile(plain)).toBe(plain);
});
