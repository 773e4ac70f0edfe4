// Every malformed document is answered with field and rule, and nothing of its commit is applied.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '@org/contract';
import type { Change } from '@org/contract/gen/flags/v1/document';
import type { EnvironmentReplica } from '../../application.ts';
import {
  booleanFlag,
  commitOf,
  faultOf,
  put,
  remove,
  startInstallation,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';

let core: TestInstallation;
let replica: EnvironmentReplica;
let hash: string;

beforeAll(async () => {
  core = await startInstallation();
  const found = core.application.environments.replica(core.environmentId);
  if (found === undefined) throw new Error('no replica');
  replica = found;
  const documents = [
    put('segment', 'hidden', { when: { op: 'and', of: [] } }),
    put('segment', 'staff', {
      when: { op: 'equals', attribute: 'role', value: 'staff' },
      clientVisible: true,
    }),
    put('flag', 'base', booleanFlag()),
    put('flag', 'uses-staff', booleanFlag({ rules: [rule({ op: 'segment', key: 'staff' })] })),
    put('flag', 'remote', booleanFlag({ clientVisible: true, remoteEvaluation: true })),
    put('overlay', 'live', overlay({ layer: undefined })),
  ];
  valueOf(await core.application.admin.commit(core.grant, commitOf(documents)));
  hash = replica.hash('server');
});
afterAll(() => core.close());
afterEach(() => expect([replica.revision, replica.hash('server')]).toEqual([1, hash]));

const rule = (when: unknown, more: object = {}) => ({ id: 'r', when, serve: { variant: 'on' }, ...more });
const flagWith = (more: object) => put('flag', 'new', booleanFlag(more));
const flagWhen = (when: unknown) => flagWith({ rules: [rule(when)] });
const test = (op: string, more: object = {}) => ({ op, attribute: 'a', ...more });
function overlay(more: object): object {
  const whole = {
    target: { kind: 'flag', key: 'base' },
    patch: { serve: { variant: 'off' } },
    mode: 'live',
    ranges: [{ from: 0, to: 50_000 }],
    ...more,
  };
  return JSON.parse(JSON.stringify(whole)) as object;
}
const deep = (levels: number): unknown =>
  levels === 0 ? test('exists') : { op: 'not', of: deep(levels - 1) };
const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });

const document = (field: string): string => `changes[0].document${field}`;
type Row = readonly [name: string, changes: readonly Change[], field: string, rule: string];

const rows: readonly Row[] = [
  ['an unknown kind', [put('colour', 'x', {})], 'changes[0].kind', 'one_of'],
  ['an empty key', [put('flag', '', booleanFlag())], 'changes[0].key', 'min_length'],
  ['a long key', [put('flag', 'k'.repeat(257), booleanFlag())], 'changes[0].key', 'max_length'],
  ['a key with a line feed', [put('flag', 'a\nb', booleanFlag())], 'changes[0].key', 'pattern'],
  ['a document twice', [flagWith({}), flagWith({ enabled: false })], 'changes[1]', 'unique'],
  ['an unknown field', [flagWith({ colour: 'red' })], document('.colour'), 'unknown_field'],
  [
    'a missing type',
    [put('flag', 'new', { enabled: true, variants: { on: true } })],
    document('.type'),
    'one_of',
  ],
  ['a wrong type of field', [flagWith({ enabled: 'yes' })], document('.enabled'), 'type'],
  [
    'no variants',
    [put('flag', 'new', { type: 'boolean', enabled: true })],
    document('.variants'),
    'required',
  ],
  [
    'a variant of another type',
    [flagWith({ variants: { on: true, off: 'no' } })],
    document('.variants.off'),
    'variant_type',
  ],
  [
    'an unknown default',
    [flagWith({ default: { variant: 'maybe' } })],
    document('.default.variant'),
    'unknown_variant',
  ],
  ['an unknown off variant', [flagWith({ offVariant: 'maybe' })], document('.offVariant'), 'unknown_variant'],
  [
    'a number that is not finite',
    [flagWith({ metadata: { n: Number.NaN } })],
    document('.metadata.n'),
    'finite',
  ],
  ['a lone surrogate', [flagWith({ description: '\ud800' })], document('.description'), 'well_formed'],
  [
    'an inherited member',
    [flagWith({ metadata: Object.create({ a: 1 }) as object })],
    document('.metadata'),
    'plain_object',
  ],
  [
    'too deep JSON',
    [flagWith({ metadata: nested(80) })],
    document(`.metadata${'.a'.repeat(63)}`),
    'max_depth',
  ],
  [
    'too many bytes',
    [flagWith({ metadata: { text: 'x'.repeat(limits.documentBytesMax) } })],
    document(''),
    'max_bytes',
  ],
  [
    'a field of the server',
    [flagWith({ targets: [{ variant: 'on', keys: ['a'], hashed: 'salt' }] })],
    document('.targets[0].hashed'),
    'unknown_field',
  ],
  [
    'weights below zero',
    [flagWith({ default: { split: { weights: [{ variant: 'on', weight: -1 }] } } })],
    document('.default.split.weights[0].weight'),
    'min_value',
  ],
  [
    'weights in halves',
    [flagWith({ default: { split: { weights: [{ variant: 'on', weight: 0.5 }] } } })],
    document('.default.split.weights[0].weight'),
    'type',
  ],
  [
    'weights of zero',
    [flagWith({ default: { split: { weights: [{ variant: 'on', weight: 0 }] } } })],
    document('.default.split.weights'),
    'weight_sum',
  ],
  [
    'a rule twice',
    [flagWith({ rules: [rule(test('exists')), rule(test('exists'))] })],
    document('.rules[1].id'),
    'rule_id_repeated',
  ],
  [
    'no expression',
    [flagWith({ rules: [{ id: 'r', serve: { variant: 'on' } }] })],
    document('.rules[0].when'),
    'required',
  ],
  [
    'an unknown operator',
    [flagWhen(test('resembles', { value: 'x' }))],
    document('.rules[0].when.op'),
    'unknown_operator',
  ],
  ['an operand that is missing', [flagWhen(test('in'))], document('.rules[0].when.values'), 'operand_list'],
  [
    'an operand of another type',
    [flagWhen(test('greater', { value: 'x' }))],
    document('.rules[0].when.value'),
    'operand_finite_number',
  ],
  [
    'an interval the wrong way',
    [flagWhen(test('between', { values: [2, 1] }))],
    document('.rules[0].when.values'),
    'operand_bounds',
  ],
  [
    'an attribute that is none',
    [flagWhen({ op: 'exists', attribute: 7 })],
    document('.rules[0].when.attribute'),
    'type',
  ],
  [
    'too deep an expression',
    [flagWhen(deep(25))],
    document(`.rules[0].when${'.of'.repeat(20)}`),
    'max_depth',
  ],
  [
    'too large an expression',
    [flagWhen({ op: 'or', of: Array.from({ length: 2_001 }, () => test('exists')) })],
    document('.rules[0].when'),
    'max_nodes',
  ],
  [
    'an unknown segment',
    [flagWhen({ op: 'segment', key: 'nobody' })],
    document('.rules[0].when.key'),
    'unknown_segment',
  ],
  [
    'an unknown prerequisite',
    [flagWith({ prerequisites: [{ flag: 'nothing', variants: ['on'] }] })],
    document('.prerequisites[0].flag'),
    'unknown_flag',
  ],
  [
    'a prerequisite variant that is none',
    [flagWith({ prerequisites: [{ flag: 'base', variants: ['maybe'] }] })],
    document('.prerequisites[0].variants[0]'),
    'prerequisite_variant',
  ],
  [
    'a prerequisite of itself',
    [flagWith({ prerequisites: [{ flag: 'new', variants: ['on'] }] })],
    document('.prerequisites[0].flag'),
    'prerequisite_cycle',
  ],
  [
    'a segment of itself',
    [put('segment', 'new', { when: { op: 'segment', key: 'new' } })],
    document('.when.key'),
    'segment_cycle',
  ],
  [
    'a browser flag on a hidden segment',
    [flagWith({ clientVisible: true, rules: [rule({ op: 'segment', key: 'hidden' })] })],
    document('.rules[0].when.key'),
    'server_only',
  ],
  [
    'a browser flag on a hidden flag',
    [flagWith({ clientVisible: true, prerequisites: [{ flag: 'base', variants: ['on'] }] })],
    document('.prerequisites[0].flag'),
    'server_only',
  ],
  [
    'a browser flag on a remote flag',
    [flagWith({ clientVisible: true, prerequisites: [{ flag: 'remote', variants: ['on'] }] })],
    document('.prerequisites'),
    'remote_prerequisite',
  ],
  [
    'a number that browsers would have to get as a hash',
    [
      flagWith({
        clientVisible: true,
        rules: [rule({ op: 'not', of: { op: 'in', attribute: 'targetingKey', values: ['a', 5] } })],
      }),
    ],
    document('.rules[0].when.of.values[1]'),
    'hashable_literal',
  ],
  ['the removal of a used segment', [remove('segment', 'staff')], 'changes[0]', 'in_use'],
  [
    'an overlay over nothing',
    [put('overlay', 'new', overlay({ target: { kind: 'flag', key: 'nothing' } }))],
    document('.target.key'),
    'unknown_flag',
  ],
  ['a second live overlay', [put('overlay', 'new', overlay({}))], document('.target'), 'overlay_conflict'],
  [
    'an overlay range the wrong way',
    [put('overlay', 'new', overlay({ mode: 'shadow', ranges: [{ from: 9, to: 3 }] }))],
    document('.ranges[0]'),
    'bucket_range',
  ],
  [
    'an overlay variant that is none',
    [put('overlay', 'new', overlay({ mode: 'shadow', patch: { serve: { variant: 'maybe' } } }))],
    document('.patch.serve.variant'),
    'unknown_variant',
  ],
  [
    'a schedule without offset',
    [
      put('schedule', 'x', {
        at: '2027-01-01T00:00:00',
        changes: [{ kind: 'flag', key: 'a', document: null }],
      }),
    ],
    document('.at'),
    'datetime',
  ],
  [
    'a schedule beyond the year 9999',
    [
      put('schedule', 'x', {
        at: '9999-12-31T23:59:59-12:00',
        changes: [{ kind: 'flag', key: 'a', document: null }],
      }),
    ],
    'changes[0].document.at',
    'instant',
  ],
  [
    'a schedule of nothing',
    [put('schedule', 'x', { at: '2027-01-01T00:00:00Z', changes: [] })],
    document('.changes'),
    'min_items',
  ],
  [
    'a schedule of schedules',
    [
      put('schedule', 'x', {
        at: '2027-01-01T00:00:00Z',
        changes: [{ kind: 'schedule', key: 'a', document: null }],
      }),
    ],
    document('.changes[0].kind'),
    'one_of',
  ],
  [
    'a broken document in a schedule',
    [
      put('schedule', 'x', {
        at: '2027-01-01T00:00:00Z',
        changes: [{ kind: 'flag', key: 'a', document: { type: 'boolean' } }],
      }),
    ],
    document('.changes[0].document.enabled'),
    'required',
  ],
];

describe('a commit is refused whole', () => {
  it.each(rows)('for %s', async (_name, changes, field, ruleName) => {
    const valid = put('flag', 'valid', booleanFlag());
    const fault = faultOf(await core.application.admin.commit(core.grant, commitOf([...changes, valid])));
    expect(fault.code).toBe('INVALID_DOCUMENT');
    expect(fault.violations?.map((each) => `${each.field} ${each.rule}`).join('; ')).toContain(
      `${field} ${ruleName}`,
    );
    expect(fault.violations?.every(({ message }) => message.length > 5)).toBe(true);
  });

  it('names all findings of all documents at once', async () => {
    const changes = [
      flagWith({ enabled: 1, colour: 2 }),
      put('flag', 'second', booleanFlag({ default: { variant: 'maybe' } })),
      put('flag', 'third', booleanFlag({ rules: [rule({ op: 'segment', key: 'nobody' })] })),
    ];
    const fault = faultOf(await core.application.admin.commit(core.grant, commitOf(changes)));
    expect(fault.violations?.map((each) => `${each.field} ${each.rule}`).toSorted()).toEqual([
      'changes[0].document.colour unknown_field',
      'changes[0].document.enabled type',
      'changes[1].document.default.variant unknown_variant',
      'changes[2].document.rules[0].when.key unknown_segment',
    ]);
  });
});

describe('a request is refused', () => {
  const flag = put('flag', 'new', booleanFlag());
  it.each([
    ['without changes', commitOf([]), 'changes', 'min_items'],
    [
      'with too many changes',
      commitOf(Array.from({ length: 1_001 }, (_, index) => put('flag', `f${index}`, booleanFlag()))),
      'changes',
      'max_items',
    ],
    [
      'with an empty change',
      commitOf([{ kind: 'flag', key: 'a', action: undefined }]),
      'changes[0]',
      'required',
    ],
    [
      'with delete: false',
      commitOf([{ kind: 'flag', key: 'a', action: { $case: 'delete', value: false } }]),
      'changes[0]',
      'required',
    ],
    ['with a long author', commitOf([flag], { author: 'x'.repeat(257) }), 'author', 'max_length'],
    ['with a long reason', commitOf([flag], { reason: 'x'.repeat(2_001) }), 'reason', 'max_length'],
    ['with NUL in its reason', commitOf([flag], { reason: 'a\0b' }), 'reason', 'well_formed'],
    [
      'with a long idempotency key',
      commitOf([flag], { idempotencyKey: 'x'.repeat(201) }),
      'idempotency_key',
      'max_length',
    ],
  ])('%s', async (_name, request, field, ruleName) => {
    const fault = faultOf(await core.application.admin.commit(core.grant, request));
    expect(fault).toMatchObject({ code: 'INVALID_REQUEST', violations: [{ field, rule: ruleName }] });
  });
});

it('takes names that are also names of JavaScript as names like any other', async () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  const variants = Object.fromEntries(names.map((name) => [name, true]));
  Object.defineProperty(variants, '__proto__', { value: true, enumerable: true });
  const changes = names.map((key) =>
    put('flag', key, booleanFlag({ variants, offVariant: '__proto__', default: { variant: key } })),
  );
  const done = valueOf(await core.application.admin.commit(core.grant, commitOf(changes, { dryRun: true })));
  expect(done.diffs.map(({ key }) => key)).toEqual(names);
});
