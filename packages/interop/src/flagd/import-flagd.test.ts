// What the import makes of each part of a flagd definition, and what it says about the parts it cannot take.
import type { Flag } from '@org/contract/model';
import { checkSchema } from '@org/contract/schema';
import { expect, it } from 'vitest';
import { importFlagd } from './import-flagd.ts';

const variants = { on: true, off: false };

function importTargeting(targeting: unknown, evaluators: unknown = {}) {
  const flags = { f: { state: 'ENABLED', variants, defaultVariant: 'off', targeting } };
  const { documents, findings } = importFlagd({ flags, $evaluators: evaluators });
  const flag = documents.find(({ kind }) => kind === 'flag')?.document as Flag | undefined;
  for (const { kind, document } of documents) expect(checkSchema(kind, document)).toEqual([]);
  return { flag, rules: flag?.rules ?? [], findings, documents };
}

const left = ({ findings }: ReturnType<typeof importTargeting>) =>
  findings.filter(({ effect }) => effect === 'left-out').map(({ path }) => path);

it('takes type, variants, state, default, description and metadata', () => {
  const { documents, findings } = importFlagd({
    $schema: 'https://flagd.dev/schema/v0/flags.json',
    metadata: { flagSetId: 'shop', version: '1' },
    flags: {
      limit: {
        state: 'DISABLED',
        variants: { low: 1, high: 10.5 },
        defaultVariant: 'low',
        description: 'How many',
        metadata: { version: '2' },
      },
    },
  });
  expect(findings).toEqual([]);
  expect(documents).toEqual([
    {
      kind: 'flag',
      key: 'limit',
      document: {
        type: 'number',
        enabled: false,
        variants: { low: 1, high: 10.5 },
        default: { variant: 'low' },
        description: 'How many',
        metadata: { flagSetId: 'shop', version: '2' },
      },
    },
  ]);
});

it('leaves the default to the caller when a flag has none', () => {
  const { documents } = importFlagd({ flags: { f: { state: 'ENABLED', variants, defaultVariant: null } } });
  expect(documents[0]?.document).not.toHaveProperty('default');
});

it('takes flags from a list, as the daemon does', () => {
  const { documents } = importFlagd({ flags: [{ key: 'f', state: 'ENABLED', variants }] });
  expect(documents.map(({ key }) => key)).toEqual(['f']);
});

it('serves the named off variant where the flag has it', () => {
  const flags = { f: { state: 'ENABLED', variants }, g: { state: 'ENABLED', variants: { a: 1 } } };
  const { documents } = importFlagd({ flags }, { offVariant: 'off' });
  expect(documents.map(({ document }) => (document as Flag).offVariant)).toEqual(['off', undefined]);
});

const attribute = { var: 'a' };
it.each([
  [{ '==': [attribute, 'x'] }, { op: 'equals', attribute: 'a', value: 'x' }],
  [{ '===': ['x', attribute] }, { op: 'equals', attribute: 'a', value: 'x' }],
  [{ '!=': [attribute, 'x'] }, { op: 'not', of: { op: 'equals', attribute: 'a', value: 'x' } }],
  [{ '===': [attribute, null] }, { op: 'not', of: { op: 'exists', attribute: 'a' } }],
  [{ '>': [attribute, 5] }, { op: 'greater', attribute: 'a', value: 5 }],
  [{ '<': [5, attribute] }, { op: 'greater', attribute: 'a', value: 5 }],
  [{ '<=': [1, attribute, 5] }, { op: 'between', attribute: 'a', values: [1, 5] }],
  [{ in: [attribute, ['x', 1, true]] }, { op: 'in', attribute: 'a', values: ['x', 1, true] }],
  [{ in: ['x', attribute] }, { op: 'contains', attribute: 'a', values: ['x'] }],
  [{ starts_with: [attribute, 'x'] }, { op: 'starts_with', attribute: 'a', values: ['x'] }],
  [{ ends_with: [attribute, 'x'] }, { op: 'ends_with', attribute: 'a', values: ['x'] }],
  [{ '==': [{ var: 'a.b\\.c' }, 'x'] }, { op: 'equals', attribute: ['a', 'b.c'], value: 'x' }],
  [{ '!': [{ '===': [attribute, 'x'] }] }, { op: 'not', of: { op: 'equals', attribute: 'a', value: 'x' } }],
  [{ and: [] }, { op: 'or', of: [] }],
  [{ missing: ['a'] }, { op: 'or', of: [{ op: 'not', of: { op: 'exists', attribute: 'a' } }] }],
])('translates %j', (condition, when) => {
  const { rules } = importTargeting({ if: [{ and: [condition, { '===': [{ var: 'z' }, 1] }] }, 'on'] });
  expect(rules[0]?.when).toEqual({ op: 'and', of: [when, { op: 'equals', attribute: 'z', value: 1 }] });
});

it('counts a missing attribute as 0 where that decides, as JSONLogic does', () => {
  const { rules } = importTargeting({ if: [{ '<': [attribute, 5] }, 'on'] });
  const missing = { op: 'not', of: { op: 'exists', attribute: 'a' } };
  expect(rules[0]?.when).toEqual({ op: 'or', of: [{ op: 'less', attribute: 'a', value: 5 }, missing] });
});

it('makes ordered rules of a chain of ifs', () => {
  const { rules } = importTargeting({
    if: [{ '===': [attribute, 1] }, 'on', { '===': [attribute, 2] }, 'off', 'on'],
  });
  expect(rules.map(({ serve }) => serve)).toEqual([{ variant: 'on' }, { variant: 'off' }, { variant: 'on' }]);
  expect(rules[2]?.when).toEqual({ op: 'and', of: [] });
});

it('makes a shared evaluator a segment', () => {
  const targeting = { if: [{ $ref: 'staff' }, 'on'] };
  const { rules, documents } = importTargeting(targeting, { staff: { ends_with: [attribute, '@x.org'] } });
  expect(rules[0]?.when).toEqual({ op: 'segment', key: 'staff' });
  expect(documents[0]).toMatchObject({
    kind: 'segment',
    key: 'staff',
    document: { when: { op: 'ends_with' } },
  });
});

it('inlines a shared evaluator that is a list or names variants', () => {
  const evaluators = { eu: ['DE', 'FR'], half: { fractional: [['on'], ['off']] } };
  const { rules, documents } = importTargeting(
    { if: [{ in: [attribute, { $ref: 'eu' }] }, { $ref: 'half' }] },
    evaluators,
  );
  expect(rules[0]).toMatchObject({
    when: { op: 'in', values: ['DE', 'FR'] },
    serve: { split: { weights: [{}, {}] } },
  });
  expect(documents).toHaveLength(1);
});

const weights = [
  { variant: 'on', weight: 30 },
  { variant: 'off', weight: 70 },
];
it.each([
  [
    [
      ['on', 30],
      ['off', 70],
    ],
    { weights },
  ],
  [[{ var: 'email' }, ['on', 30], ['off', 70]], { weights, salt: '', by: 'email' }],
  [[{ cat: ['salt-', { var: 'email' }] }, ['on', 30], ['off', 70]], { weights, salt: 'salt-', by: 'email' }],
  [
    [{ cat: [{ var: '$flagd.flagKey' }, { var: 'email' }] }, ['on', 30], ['off', 70]],
    { weights, by: 'email' },
  ],
  [
    [
      ['on', 10],
      ['on', 20],
      ['off', 70],
      ['on', -5],
    ],
    { weights: [...weights, { variant: 'on', weight: 0 }] },
  ],
])('translates the fractional %j', (operands, split) => {
  const { rules } = importTargeting({ fractional: operands });
  expect(rules).toEqual([{ id: 'flagd-1', when: { op: 'and', of: [] }, serve: { split } }]);
});

it.each([
  { sem_ver: [attribute, '>=', '1.0.0'] },
  { '==': [attribute, { var: 'b' }] },
  { '>': [{ var: '$flagd.timestamp' }, 5] },
  { '==': [{ var: ['a', 'x'] }, 'x'] },
  { '==': [{ var: 'a.0' }, 'x'] },
  { '==': [{ var: 'kind' }, 'x'] },
  { '<': [attribute, '5'] },
  { in: [attribute, 'text'] },
  { starts_with: [attribute, ''] },
  { and: [true, { '+': [1, 2] }] },
])('keeps the logic of a flag that is decided by %j', (condition) => {
  const targeting = { if: [condition, 'on'] };
  const outcome = importTargeting(targeting);
  expect(outcome.findings).toEqual([]);
  expect(outcome.rules).toEqual(logicOf(targeting));
});

const logicOf = (logic: unknown) => [{ id: 'flagd', when: { op: 'and', of: [] }, serve: { logic } }];

it.each([
  { if: [true, 'purple'] },
  { var: 'variant' },
  { fractional: [['on', 0.5]] },
  { fractional: [['purple', 1]] },
  { fractional: [{ cat: [{ var: 'a' }, 'x'] }, ['on']] },
  {
    fractional: [
      ['on', 2147483647],
      ['off', 1],
    ],
  },
])('keeps the logic of a flag that serves %j', (targeting) => {
  const outcome = importTargeting(targeting);
  expect(outcome.findings).toEqual([]);
  expect(outcome.rules).toEqual(logicOf(targeting));
});

it('leaves a flag out, and names every operator that nobody has', () => {
  const outcome = importTargeting({
    if: [{ nope: [] }, 'purple', { map: [[1], { other: 1 }] }, { $ref: 'nobody' }],
  });
  expect(outcome.flag).toBeUndefined();
  expect(left(outcome)).toEqual([
    'flags.f.targeting.if[0]',
    'flags.f.targeting.if[2].map[1]',
    'flags.f.targeting.if[3]',
    'flags.f',
  ]);
});

it('keeps fragments that logic refers to as segments of logic', () => {
  const fragments = {
    weights: [['on', { var: 'n' }]],
    odd: { '%': [{ var: 'n' }, 2] },
    list: ['a', { $ref: 'odd' }],
  };
  const targeting = {
    if: [{ '===': [{ $ref: 'odd' }, 1] }, 'on', { in: [attribute, { $ref: 'list' }] }, 'off'],
  };
  const { documents, findings, rules } = importTargeting(targeting, fragments);
  expect(findings).toEqual([]);
  expect(rules).toEqual(logicOf(targeting));
  expect(documents.filter(({ kind }) => kind === 'segment')).toEqual(
    Object.entries(fragments).map(([key, logic]) => ({
      kind: 'segment',
      key,
      document: { when: { op: 'logic', logic } },
    })),
  );
});

it('writes fragments in our operators unless logic refers to them', () => {
  const german = { '===': [attribute, 'DE'] };
  const { documents, rules } = importTargeting({ if: [{ $ref: 'german' }, 'on'] }, { german });
  expect(rules[0]?.when).toEqual({ op: 'segment', key: 'german' });
  expect(documents[0]?.document).toEqual({ when: { op: 'equals', attribute: 'a', value: 'DE' } });
});

it.each([
  [{ '===': [attribute, 'DE'] }, 'native'],
  [{ '==': [attribute, 'DE'] }, 'native'],
  [{ in: [attribute, [1, 2]] }, 'native'],
  [{ starts_with: [attribute, 'x'] }, 'native'],
  [{ '==': [attribute, '1_0'] }, 'logic'],
  [{ '==': [attribute, 1] }, 'logic'],
  [{ '<': [attribute, 1] }, 'logic'],
  [{ in: [attribute, ['DE']] }, 'logic'],
  [{ in: ['DE', attribute] }, 'logic'],
  [{ '===': [{ var: 'a.b' }, 'DE'] }, 'logic'],
  [attribute, 'logic'],
])('imports %j exactly: %s', (condition, how) => {
  const targeting = { if: [condition, 'on'] };
  const flags = { f: { state: 'ENABLED', variants, defaultVariant: 'off', targeting } };
  const { documents, findings } = importFlagd({ flags }, { exact: true });
  const [rule] = (documents[0]?.document as Flag).rules ?? [];
  expect(findings).toEqual([]);
  expect(rule !== undefined && 'logic' in rule.serve ? 'logic' : 'native').toBe(how);
});

it('names members that nobody knows, and definitions that are none', () => {
  const { findings } = importFlagd({ flags: { f: { state: 'ENABLED', variants, owner: 'x' } }, extra: 1 });
  expect(findings.map(({ path }) => path)).toEqual(['extra', 'flags.f.owner']);
  for (const broken of [
    null,
    7,
    'x',
    [],
    {},
    { flags: [1] },
    { flags: { f: 1 } },
    { flags: { f: { state: 'ON', variants } } },
  ]) {
    const outcome = importFlagd(broken);
    expect(outcome.documents).toEqual([]);
    expect(outcome.findings.length).toBeGreaterThan(0);
  }
});

it('takes a variant or an attribute named like a prototype for what it is', () => {
  const flags = JSON.parse(
    '{"__proto__":{"state":"ENABLED","variants":{"__proto__":1,"constructor":2},"defaultVariant":"__proto__"}}',
  ) as unknown;
  const { documents } = importFlagd({ flags });
  expect(documents.map(({ key }) => key)).toEqual(['__proto__']);
  expect(Object.entries((documents[0]?.document as Flag).variants)).toEqual([
    ['__proto__', 1],
    ['constructor', 2],
  ]);
});

it('survives nesting without end', () => {
  let deep: unknown = true;
  for (let level = 0; level < 20_000; level++) deep = { '!': [deep] };
  const outcome = importTargeting({ if: [deep, 'on'] });
  expect(outcome.flag).toBeUndefined();
  expect(outcome.findings[0]?.message).toContain('nested deeper');
});

it('reports a reference that is no name, whatever it is', () => {
  const name = { toString: 1, valueOf: 1 };
  expect(left(importTargeting({ $ref: name }))).toContain('flags.f.targeting');
  expect(left(importTargeting({ if: [{ $ref: name }, 'on'] }))).toContain('flags.f.targeting.if[0]');
});

it('says what becomes of a unit that is missing, where the implementations of flagd differ', () => {
  const { findings } = importTargeting({ fractional: [{ var: 'email' }, ['on', 1], ['off', 1]] });
  expect(findings.map(({ effect, message }) => [effect, message.split(';')[0]])).toEqual([
    ['changed', 'a unit that is a number is bucketed by its digits'],
    ['changed', 'a unit that is missing or empty gets the default'],
  ]);
});
