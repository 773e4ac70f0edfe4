// Random JSONLogic and random contexts for it: every operator with operands of every type, most of them wrong.
// Numbers that JSON.stringify does not keep (-0) are left out.
import fc from 'fast-check';
import { logicOperators } from '@org/evaluator/logic';

const scalar: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  ...[null, true, false, 0, 1, -1, 2, 3, 0.5, 1e21, 1e-7, 5e-324, Number.MAX_VALUE],
  ...['', 'a', 'b', 'ab', 'abc', '1', '0', '-1', '1.5', ' 1', '1 ', '1_0', '0x10p0', '0x1p-2', '0x_1p1'],
  ...['inf', '-Infinity', 'nan', '1e999', '1e-999', '.5', '5.', '+1', '1e5', '1e', '1__0', '_1'],
  ...['\u00e9', '\u{1f600}', '\uffee', '\u2028<&>', '"q"', 'a\\b', '\ufeff', '\u0085', ' a '],
  ...[
    '1.2.3',
    'v1.2',
    'V2.0.0-rc.1',
    '1.2.3-alpha+b',
    '01.2.3',
    '1.2.3-0a.01',
    '=',
    '~',
    '^',
    '>=',
    '<',
    '!=',
  ],
  ...['__proto__', 'constructor', 'x.y', 'x', 'list', 'list.0', 'list.1', 'list.x', 'obj', 'obj.deep'],
  ...[
    'n',
    't',
    'z',
    'targetingKey',
    '$flagd.flagKey',
    '$flagd.timestamp',
    '$flagd',
    '.',
    '..x',
    'nums',
    'strs',
  ],
  ...['accumulator', 'current', 'logic'],
);

const readable = fc.constantFrom<unknown>(
  ...['x', 'n', 't', 'list', 'nums', 'strs', 'obj', 'obj.deep.v', 'targetingKey', 'z', 'list.0', 'logic'],
  ...['accumulator', 'current', '', '$flagd', 'missing.thing', ['n', 7], ['nope', 'fallback'], []],
);
const variable = readable.map((name) => ({ var: name }));
const subject = fc.constantFrom<unknown>(
  ...[{ var: 'nums' }, { var: 'strs' }, { var: 'list' }, [1, 2, 3], { merge: [1, [2], 'a'] }],
);

/** A call of any operator. */
const { call } = fc.letrec<{ node: unknown; call: unknown; operands: unknown }>((tie) => {
  const few = fc.array(tie('node'), { maxLength: 4 });
  const some = fc.array(tie('node'), { minLength: 1, maxLength: 4 });
  const weight = fc.oneof(fc.constantFrom<unknown>(1, 50, 0, -1, 0.5), tie('node'));
  const entry = fc.oneof(fc.tuple(tie('node'), weight), fc.tuple(tie('call')), tie('node'));
  const version = fc.constantFrom('1.2.4', '1.2', '1', 'v1.2.3-rc.1', '2.0.0-rc.2', '1.2.3-rc.1.1');
  const step = fc.oneof(
    fc.constant({ '+': [{ var: 'current' }, { var: 'accumulator' }] }),
    fc.constant({ cat: [{ var: 'accumulator' }, { var: 'current' }] }),
    tie('call'),
  );
  return {
    node: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'logic' },
      { weight: 3, arbitrary: scalar },
      { weight: 2, arbitrary: variable },
      { weight: 1, arbitrary: few },
      { weight: 5, arbitrary: tie('call') },
    ),
    operands: fc.oneof({ weight: 8, arbitrary: some }, { weight: 1, arbitrary: tie('node') }),
    call: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'logic' },
      { weight: 2, arbitrary: variable },
      fc
        .tuple(fc.constantFrom('map', 'filter', 'all', 'none', 'some'), subject, tie('node'))
        .map(([operator, list, logic]) => ({ [operator]: [list, logic] })),
      fc
        .tuple(subject, step, fc.constantFrom<unknown>(0, '', true, 1.5))
        .map((operands) => ({ reduce: operands })),
      fc
        .tuple(fc.array(tie('node'), { maxLength: 1 }), fc.array(entry, { minLength: 1, maxLength: 3 }))
        .map(([unit, entries]) => ({ fractional: [...unit, ...entries] })),
      fc
        .tuple(
          fc.oneof(version, tie('node')),
          fc.constantFrom('=', '!=', '<', '<=', '>', '>=', '~', '^'),
          version,
        )
        .map((operands) => ({ sem_ver: operands })),
      {
        weight: 8,
        arbitrary: fc
          .tuple(fc.constantFrom(...logicOperators), tie('operands'))
          .filter(([operator, operands]) => !isIntegerZero(operator, operands))
          .map(([operator, operands]) => ({ [operator]: operands })),
      },
    ),
  };
});

/** Without operands, these answer Go's 0 of integers, which other operators there do not take for a number. */
const isIntegerZero = (operator: string, operands: unknown): boolean =>
  ['-', '/'].includes(operator) && !(Array.isArray(operands) && operands.length > 0);

const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.record({ deep: fc.record({ v: scalar }), x: scalar }),
);

const context = fc.record({
  targetingKey: fc.constantFrom('u1', 'u2', '\u00e9', '', 7, null),
  x: value,
  n: fc.constantFrom(1, 2, 0, -3, 2.5, '2'),
  t: fc.constantFrom('1.2.3', 'abc', '', ' sp '),
  list: fc.array(value, { maxLength: 3 }),
  nums: fc.subarray([1, 2, 3, 'x', null]),
  strs: fc.constant(['a', 'b', '\u{1f600}']),
  obj: fc.record({ deep: fc.record({ v: scalar }) }),
  logic: fc.constantFrom<unknown>({ var: 'n' }, { '==': [1, 1] }, { '+': [1, { var: 'n' }] }, 3),
});

/** Logic with a context for it. */
export interface LogicCase {
  readonly logic: unknown;
  readonly context: object;
}

/** So many cases, the same for the same seed. */
export function logicCases(count: number, seed: number): readonly LogicCase[] {
  return fc.sample(fc.record({ logic: call, context }), { numRuns: count, seed });
}
