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
  [{ sem_ver: [attribute, '>=', '1.0.0'] }, 'flags.f.targeting.if[0]'],
  [{ '==': [attribute, { var: 'b' }] }, 'flags.f.targeting.if[0].==[1]'],
  [{ '>': [{ var: '$flagd.timestamp' }, 5] }, 'flags.f.targeting.if[0].>[0]'],
  [{ '==': [{ var: ['a', 'x'] }, 'x'] }, 'flags.f.targeting.if[0].==[0]'],
  [{ '==': [{ var: 'a.0' }, 'x'] }, 'flags.f.targeting.if[0].==[0]'],
  [{ '==': [{ var: 'kind' }, 'x'] }, 'flags.f.targeting.if[0].==[0]'],
  [{ '<': [attribute, '5'] }, 'flags.f.targeting.if[0].<'],
  [{ in: [attribute, 'text'] }, 'flags.f.targeting.if[0].in'],
  [{ starts_with: [attribute, ''] }, 'flags.f.targeting.if[0].starts_with'],
  [{ $ref: 'nobody' }, 'flags.f.targeting.if[0].$ref'],
  [{ and: [true, { '+': [1, 2] }] }, 'flags.f.targeting.if[0].and[1]'],
])('leaves a flag out, and says where, that is decided by %j', (condition, path) => {
  const outcome = importTargeting({ if: [condition, 'on'] });
  expect(outcome.flag).toBeUndefined();
  expect(left(outcome)).toEqual([path, 'flags.f']);
});

it.each([
  [{ if: [true, 'purple'] }, 'flags.f.targeting.if[1]'],
  [{ var: 'variant' }, 'flags.f.targeting'],
  [{ fractional: [['on', 0.5]] }, 'flags.f.targeting.fractional[0]'],
  [{ fractional: [['purple', 1]] }, 'flags.f.targeting.fractional[0][0]'],
  [{ fractional: [{ cat: [{ var: 'a' }, 'x'] }, ['on']] }, 'flags.f.targeting.fractional[0].cat[0]'],
  [
    {
      fractional: [
        ['on', 2147483647],
        ['off', 1],
      ],
    },
    'flags.f.targeting.fractional',
  ],
])('leaves a flag out, and says where, that serves %j', (targeting, path) => {
  const outcome = importTargeting(targeting);
  expect(outcome.flag).toBeUndefined();
  expect(left(outcome)).toContain(path);
});

it('names every part that is in the way, not the first only', () => {
  const outcome = importTargeting({ if: [{ sem_ver: [] }, 'purple', { map: [] }, 'on'] });
  expect(left(outcome)).toEqual([0, 1, 2].map((at) => `flags.f.targeting.if[${at}]`).concat('flags.f'));
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
  expect(left(importTargeting({ $ref: name }))).toContain('flags.f.targeting.$ref');
  expect(left(importTargeting({ if: [{ $ref: name }, 'on'] }))).toContain('flags.f.targeting.if[0].$ref');
});

it('says what becomes of a unit that is missing, where the implementations of flagd differ', () => {
  const { findings } = importTargeting({ fractional: [{ var: 'email' }, ['on', 1], ['off', 1]] });
  expect(findings.map(({ effect, message }) => [effect, message.split(';')[0]])).toEqual([
    ['changed', 'a unit that is a number is bucketed by its digits'],
    ['changed', 'a unit that is missing or empty gets the default'],
  ]);
});
