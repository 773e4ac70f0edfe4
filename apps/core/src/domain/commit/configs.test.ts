// Configs on the commit path: what is refused, and where; what a change of the schema takes along; who gets to see them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config, Overlay } from '@org/contract/model';
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
beforeAll(async () => {
  core = await startInstallation();
  replica = core.application.environments.replica(core.environmentId)!;
  const staff = { when: { op: 'equals', attribute: 'role', value: 'staff' }, clientVisible: true };
  await commit([
    put('segment', 'staff', staff),
    put('segment', 'hidden', { ...staff, clientVisible: false }),
    put('config', 'base', base),
  ]);
});
afterAll(() => core.close());

const commit = async (changes: Parameters<typeof commitOf>[0]) =>
  valueOf(await core.application.admin.commit(core.grant, commitOf(changes)));
const refused = async (changes: Parameters<typeof commitOf>[0]) => {
  const fault = faultOf(await core.application.admin.commit(core.grant, commitOf(changes)));
  return (fault.violations ?? []).map(({ field, rule }) => `${field} ${rule}`);
};

const base: Config = {
  schema: {
    discount: {
      type: 'object',
      members: {
        max: { type: 'number', default: 10, min: 0, max: 50, step: 0.5 },
        floor: { type: 'number', default: 0, min: 0, max: 50 },
      },
    },
    mode: { type: 'enum', options: ['fast', 'safe'], default: 'safe' },
    mix: { type: 'weights', names: ['a', 'b'], default: { a: 0.5, b: 0.5 } },
    rank: { type: 'function', functions: ['byPrice', 'byMargin'], default: 'byPrice' },
    wait: { type: 'duration', default: 'PT1S', max: 'PT5S' },
    code: { type: 'string', default: 'A1', pattern: '^[A-Z][0-9]$' },
    on: { type: 'condition', default: { op: 'and', of: [] } },
    price: { type: 'formula', fallback: 0, default: { op: 'parameter', name: 'discount.max' } },
    flow: { type: 'pipeline', functions: ['double'], default: [] },
  },
  values: { discount: { max: 20 } },
  invariants: [
    {
      id: 'order',
      message: 'The floor lies below the maximum.',
      require: {
        op: 'compare',
        left: { op: 'parameter', name: 'discount.floor' },
        is: 'less_or_equal',
        right: { op: 'parameter', name: 'discount.max' },
      },
    },
    {
      id: 'fast',
      message: 'Fast only with small discounts.',
      require: {
        op: 'or',
        of: [
          { op: 'not_equals', attribute: 'mode', value: 'fast' },
          { op: 'less', attribute: ['discount', 'max'], value: 30 },
        ],
      },
    },
  ],
  forbidden: [{ message: 'Never both.', values: { mode: 'fast', rank: 'byMargin' } }],
};
const always = { op: 'and', of: [] } as const;
const overlay = (patch: unknown, more: Partial<Overlay> = {}): Overlay =>
  ({
    target: { kind: 'config', key: 'base' },
    patch,
    ranges: [{ from: 0, to: 1000 }],
    mode: 'live',
    ...more,
  }) as Overlay;
const where = (more: Partial<Config>) => [put('config', 'base', { ...base, ...more })];
const withParameter = (parameter: unknown) =>
  where({ schema: { ...base.schema, extra: parameter } as unknown as Config['schema'] });
const document = 'changes[0].document';

describe('a config is refused with its place', () => {
  it.each<[string, Parameters<typeof commitOf>[0], readonly string[]]>([
    [
      'a value of the wrong type',
      where({ values: { discount: { max: 'x' } } }),
      ['values.discount.max type'],
    ],
    [
      'a value beyond its bounds',
      where({ values: { discount: { max: 51 } } }),
      ['values.discount.max max_value'],
    ],
    ['a value between steps', where({ values: { discount: { max: 1.2 } } }), ['values.discount.max step']],
    [
      'weights that do not add up',
      where({ values: { mix: { a: 0.5, b: 0.4 } } }),
      ['values.mix weights_sum'],
    ],
    ['an unknown parameter', where({ values: { nope: 1 } }), ['values.nope unknown_parameter']],
    ['an unknown option', where({ values: { mode: 'slow' } }), ['values.mode one_of']],
    ['an unknown function', where({ values: { rank: 'byLuck' } }), ['values.rank unknown_function']],
    [
      'an unknown function of a pipeline',
      where({ values: { flow: [{ function: 'x' }] } }),
      ['values.flow[0].function unknown_function'],
    ],
    ['a duration that is too long', where({ values: { wait: 'PT9S' } }), ['values.wait max_value']],
    ['a text that does not match', where({ values: { code: 'a1' } }), ['values.code pattern']],
    [
      'a default beyond its bounds',
      withParameter({ type: 'number', default: 9, max: 3 }),
      ['schema.extra.default max_value'],
    ],
    [
      'a member named __proto__',
      [{ ...put('config', 'base', {}), json: '{"schema":{},"values":{"__proto__":{"x":1}}}' } as never],
      [],
    ],
    [
      'bounds the wrong way round',
      withParameter({ type: 'number', default: 5, min: 9, max: 3 }),
      ['schema.extra.default min_value', 'schema.extra.default max_value', 'schema.extra.max range'],
    ],
    [
      'candidates outside',
      withParameter({ type: 'enum', options: ['a'], default: 'a', evolve: { candidates: ['b'] } }),
      ['schema.extra.evolve.candidates[0] one_of'],
    ],
    [
      'evolution beyond the bounds',
      withParameter({ type: 'number', default: 5, max: 9, evolve: { max: 10 } }),
      ['schema.extra.evolve.max max_value'],
    ],
    ['an unknown type', withParameter({ type: 'colour', default: 5 }), ['schema.extra.type one_of']],
    [
      'an unknown operator of a formula',
      withParameter({ type: 'formula', fallback: 0, default: { op: 'power', of: [1, 2] } }),
      ['schema.extra.default.op unknown_operator'],
    ],
    [
      'a formula over what is not there',
      withParameter({ type: 'formula', fallback: 0, default: { op: 'parameter', name: 'nope' } }),
      ['schema.extra.default.name unknown_parameter'],
    ],
    [
      'a formula that needs itself',
      withParameter({ type: 'formula', fallback: 0, default: { op: 'parameter', name: 'extra' } }),
      ['schema.extra.default.name formula_cycle'],
    ],
    [
      'an unknown operator of a condition',
      where({ values: { on: { op: 'likes', attribute: 'a' } } }),
      ['values.on.op unknown_operator'],
    ],
    [
      'a segment that is not there',
      where({ rules: [{ id: 'r', when: { op: 'segment', key: 'nobody' }, patch: {} }] }),
      ['rules[0].when.key unknown_segment'],
    ],
    [
      'a segment in a condition that is not there',
      where({ values: { on: { op: 'segment', key: 'nobody' } } }),
      ['values.on.key unknown_segment'],
    ],
    [
      'an invariant of nothing',
      where({ invariants: [{ id: 'i', message: 'm', require: { op: 'exists', attribute: 'nope' } }] }),
      ['invariants[0].require.attribute unknown_parameter'],
    ],
    ['values that break an invariant', where({ values: { discount: { floor: 30 } } }), ['values invariant']],
    [
      'a rule that breaks one',
      where({ rules: [{ id: 'r', when: always, patch: { mode: 'fast', discount: { max: 40 } } }] }),
      ['rules[0].patch invariant'],
    ],
    [
      'a share that breaks one',
      where({
        rules: [
          {
            id: 'r',
            when: always,
            split: { weights: [{ variant: 'v', weight: 1, patch: { discount: { floor: 45 } } }] },
          },
        ],
      }),
      ['rules[0].split.weights[0].patch invariant'],
    ],
    [
      'a forbidden combination',
      where({ values: { mode: 'fast', rank: 'byMargin' } }),
      ['values forbidden_combination'],
    ],
    [
      'a rule with patch and split',
      where({
        rules: [{ id: 'r', when: always, patch: {}, split: { weights: [{ variant: 'v', weight: 1 }] } }],
      }),
      ['rules[0].patch one_of'],
    ],
    [
      'two rules of a name',
      where({
        rules: [
          { id: 'r', when: always, patch: {} },
          { id: 'r', when: always, patch: {} },
        ],
      }),
      ['rules[1].id unique'],
    ],
    ['a parent that is not there', where({ extends: 'nowhere' }), ['extends unknown_config']],
    ['itself as parent', where({ extends: 'base' }), ['extends config_cycle']],
    [
      'a coupled parameter that is not there',
      where({ coupled: [{ name: 'g', parameters: ['mode', 'x'], relation: 'together' }] }),
      ['coupled[0].parameters[0] evolve', 'coupled[0].parameters[1] unknown_parameter'],
    ],
    [
      'a segment that browsers do not get',
      where({ clientVisible: true, rules: [{ id: 'r', when: { op: 'segment', key: 'hidden' }, patch: {} }] }),
      ['rules[0].when.key server_only'],
    ],
    [
      'everything at once',
      where({
        values: { mode: 'slow', nope: 1 },
        rules: [{ id: 'r', when: { op: 'likes', attribute: 'a' }, patch: { mix: { a: 2 } } }],
      }),
      [
        'values.mode one_of',
        'values.nope unknown_parameter',
        'rules[0].patch.mix.a weight',
        'rules[0].patch.mix.b weight',
        'rules[0].patch.mix weights_sum',
        'rules[0].when.op unknown_operator',
      ],
    ],
  ])('%s', async (_, changes, expected) => {
    if (expected.length === 0) return expect(await refused(changes)).not.toEqual([]);
    expect(await refused(changes)).toEqual(expected.map((finding) => `${document}.${finding}`));
  });

  it('an overlay whose patch does not fit, conflicts, or has no config', async () => {
    const values = { discount: { floor: 45 }, mode: 'fast' };
    expect(await refused([put('overlay', 'o', overlay({ configPatch: { values } }))])).toEqual([
      `${document}.patch.configPatch invariant`,
    ]);
    expect(await refused([put('overlay', 'o', overlay({ configPatch: { values: { nope: 1 } } }))])).toEqual([
      `${document}.patch.configPatch.values.nope unknown_parameter`,
    ]);
    expect(await refused([put('overlay', 'o', overlay({ serve: { variant: 'a' } }))])).toEqual([
      `${document}.patch overlay_patch`,
    ]);
    const split = { configPatches: { a: {} }, serve: { split: { weights: [{ variant: 'b', weight: 1 }] } } };
    expect(await refused([put('overlay', 'o', overlay(split))])).toEqual([
      `${document}.patch.serve.split.weights[0].variant unknown_variant`,
    ]);
    const elsewhere = overlay({ configPatch: {} }, { target: { kind: 'config', key: 'nowhere' } });
    expect(await refused([put('overlay', 'o', elsewhere)])).toEqual([
      `${document}.target.key unknown_config`,
    ]);
    const both = [
      put('overlay', 'o', overlay({ configPatch: {} })),
      put('overlay', 'p', overlay({ configPatch: {} })),
    ];
    expect((await refused(both)).every((finding) => finding.endsWith('overlay_conflict'))).toBe(true);
  });

  it('a flag whose key is a config’s', async () => {
    expect(await refused([put('flag', 'config:base', booleanFlag())])).toEqual(['changes[0].key reserved']);
  });
});

describe('a config in use', () => {
  it('is evaluated by the core, and shown to browsers only when marked', async () => {
    const rules = [
      { id: 'r', when: { op: 'equals', attribute: 'targetingKey', value: 'ann' }, patch: { mode: 'fast' } },
    ];
    await commit([put('config', 'shown', { ...base, rules, clientVisible: true })]);
    const found = replica.evaluator.evaluate('config:shown', { targetingKey: 'ann' });
    expect(found).toMatchObject({ rule: 'rule:r', value: { mode: 'fast', discount: { max: 20 } } });
    const { documents } = replica.snapshot('client').message;
    const shown = documents.find(({ kind, key }) => kind === 'config' && key === 'shown')!;
    expect(documents.some(({ key }) => key === 'base')).toBe(false);
    expect(shown.json).not.toContain('"ann"');
    expect(shown.json).not.toContain('invariants');
  });

  it('cannot be removed while others extend it', async () => {
    await commit([put('config', 'child', { extends: 'base', schema: {}, values: { mode: 'fast' } })]);
    expect(await refused([remove('config', 'base')])).toEqual(['changes[0] in_use']);
    expect(
      await refused([
        remove('segment', 'staff'),
        ...where({ values: { on: { op: 'segment', key: 'staff' } } }),
      ]),
    ).toContain('changes[0] in_use');
  });

  it('is checked with those that extend it', async () => {
    expect(await refused(where({ values: { discount: { max: 40 } } }))).toEqual(['changes[0] invariant']);
  });
});

describe('a change of the schema', () => {
  const renamed: Config = {
    ...base,
    schema: {
      ...base.schema,
      discount: {
        type: 'object',
        members: {
          top: { type: 'number', default: 10, min: 0, max: 15, renamedFrom: 'discount.max' },
          floor: { type: 'number', default: 0, min: 0, max: 50 },
        },
      },
      price: { type: 'formula', fallback: 0, default: { op: 'parameter', name: 'discount.max' } },
    },
    values: { discount: { max: 20 } },
  };

  it('takes values, rules, heirs, overlays and names along, in the same revision', async () => {
    await commit([
      put('overlay', 'o', overlay({ configPatch: { values: { discount: { max: 25 } } } })),
      put('config', 'child', { extends: 'base', schema: {}, values: { discount: { max: 8 } } }),
    ]);
    const { revision } = await commit([put('config', 'base', renamed)]);
    const held = (kind: string, key: string) =>
      JSON.parse(
        replica.snapshot('server').message.documents.find((each) => each.kind === kind && each.key === key)!
          .json,
      ) as never;
    expect(revision?.revision).toBe(replica.revision);
    expect(held('config', 'base')).toMatchObject({
      values: { discount: { top: 15 } },
      schema: { price: { default: { name: 'discount.top' } } },
      invariants: [
        { require: { right: { name: 'discount.top' } } },
        { require: { of: [{}, { attribute: ['discount', 'top'] }] } },
      ],
    });
    expect(held('config', 'child')).toMatchObject({ values: { discount: { top: 8 } } });
    expect(held('overlay', 'o')).toMatchObject({
      patch: { configPatch: { values: { discount: { top: 15 } } } },
    });
    expect(replica.evaluator.evaluate('config:base', { targetingKey: 'u' }).value).toMatchObject({
      discount: { top: 15 },
      price: 15,
    });
  });

  it('does not pull in what its author wrote at the same time', async () => {
    const narrowed = { ...renamed.schema['discount'] } as { members: Config['schema'] };
    const members = { ...narrowed.members, top: { type: 'number', default: 3, min: 0, max: 5 } };
    const schema = {
      ...renamed.schema,
      discount: { type: 'object', members },
      price: { type: 'formula', fallback: 0, default: 1 },
    };
    const invariants = renamed.invariants!.slice(2);
    const next = { ...renamed, invariants, schema, values: { discount: { top: 9 } } };
    expect(await refused([put('config', 'base', next)])).toEqual([
      `${document}.values.discount.top max_value`,
    ]);
  });
});
