// What becomes of each part of our documents in flagd's format. test/interop compares the answers.
import type { Flag, Segment } from '@org/contract/model';
import { describe, expect, it } from 'vitest';
import { importFlagd } from '../import-flagd.ts';
import { exportFlagd } from './export-flagd.ts';

const flag: Flag = {
  type: 'boolean',
  enabled: true,
  variants: { on: true, off: false },
  default: { variant: 'off' },
};
const exportOne = (more: Partial<Flag>, others: readonly [string, string, unknown][] = []) =>
  exportFlagd([
    { kind: 'flag', key: 'f', document: { ...flag, ...more } },
    ...others.map(([kind, key, document]) => ({ kind, key, document })),
  ]);
const country = { var: 'country' };
const inGermany = { op: 'equals', attribute: 'country', value: 'DE' } as const;
const german: Segment = { when: inGermany };

describe('the export to flagd', () => {
  it('writes a flag without rules without targeting', () => {
    expect(exportOne({ metadata: { team: 'a', nested: { x: 1 } } }).definition).toEqual({
      $schema: 'https://flagd.dev/schema/v0/flags.json',
      flags: {
        f: {
          state: 'ENABLED',
          variants: { on: true, off: false },
          defaultVariant: 'off',
          metadata: { team: 'a' },
        },
      },
    });
  });

  it('writes rules as a chain, and splits as fractional', () => {
    const weights = [
      { variant: 'on', weight: 30 },
      { variant: 'off', weight: 70 },
    ];
    const rules = [
      { id: 'a', when: inGermany, serve: { variant: 'on' } },
      { id: 'b', when: { op: 'exists', attribute: ['a', 'b'] }, serve: { split: { weights } } },
    ] as const;
    const { targeting } = exportOne({ rules }).definition.flags['f']!;
    const unit = { var: 'targetingKey' };
    const isThere = { and: [{ starts_with: [unit, ''] }, { '!==': [unit, ''] }] };
    expect(targeting).toEqual({
      if: [
        { '===': [country, 'DE'] },
        'on',
        { and: [{ '!==': [{ var: 'a.b' }, null] }, isThere] },
        {
          fractional: [
            ['on', 30],
            ['off', 70],
          ],
        },
      ],
    });
  });

  it('writes segments as shared evaluators', () => {
    const rules = [{ id: 'a', when: { op: 'segment', key: 'german' }, serve: { variant: 'on' } }] as const;
    const { definition } = exportOne({ rules }, [['segment', 'german', german]]);
    expect(definition.$evaluators).toEqual({ german: { '===': [country, 'DE'] } });
    expect(definition.flags['f']!.targeting).toEqual({ if: [{ $ref: 'german' }, 'on'] });
  });

  it('serves the off variant of a disabled flag as its default, and disables a flag without one', () => {
    expect(exportOne({ enabled: false }).definition.flags['f']).toMatchObject({
      state: 'DISABLED',
      defaultVariant: null,
    });
    expect(exportOne({ enabled: false, offVariant: 'on' }).definition.flags['f']).toMatchObject({
      state: 'ENABLED',
      defaultVariant: 'on',
    });
  });

  it('comes back in our operators', () => {
    const split = {
      weights: [
        { variant: 'on', weight: 1 },
        { variant: 'off', weight: 1 },
      ],
    };
    const conditions = [
      inGermany,
      { op: 'in', attribute: 'country', values: ['DE', 'FR'] },
      { op: 'in', attribute: 'age', values: [1, 2] },
      { op: 'contains', attribute: 'email', values: ['@', '.'] },
      { op: 'starts_with', attribute: 'email', values: ['a'] },
      { op: 'greater', attribute: 'age', value: 18 },
      { op: 'between', attribute: 'age', values: [18, 30] },
      { op: 'segment', key: 'german' },
      { op: 'and', of: [inGermany, { op: 'less', attribute: 'age', value: 3 }] },
      { op: 'not', of: { op: 'exists', attribute: 'email' } },
    ];
    const rules = conditions.flatMap((when, index) => [
      { id: `flagd-${2 * index + 1}`, when, serve: { variant: 'on' } },
      {
        id: `flagd-${2 * index + 2}`,
        when,
        serve: { split: index % 2 === 0 ? split : { ...split, salt: 's-', by: 'id' } },
      },
    ]) as unknown as NonNullable<Flag['rules']>;
    const { definition, left } = exportOne({ rules }, [['segment', 'german', german]]);
    const { documents, findings } = importFlagd(definition, { exact: true });
    expect([...left, ...findings]).toEqual([]);
    expect(documents).toEqual([
      { kind: 'segment', key: 'german', document: german },
      { kind: 'flag', key: 'f', document: { ...flag, rules } },
    ]);
  });

  it('names the flag set, and the flags it leaves out', () => {
    const rules = [
      { id: 'a', when: { op: 'equals', attribute: 'a.b', value: 1 }, serve: { variant: 'on' } },
    ] as const;
    const { definition, left } = exportFlagd([{ kind: 'flag', key: 'f', document: { ...flag, rules } }], {
      flagSetId: 'demo',
    });
    expect(definition).toMatchObject({ flags: {}, metadata: { flagSetId: 'demo', leftOut: 'f' } });
    expect(left).toEqual([{ flag: 'f', why: 'JSONLogic cannot name the attribute "a.b"' }]);
  });

  it.each([
    ['lists as variants', { variants: { on: [1] } }, 'lists'],
    ['other context kinds', { targets: [{ variant: 'on', kind: 'device', keys: ['d'] }] }, 'no kinds'],
    ['unknown operators', { rules: [{ id: 'a', when: { op: 'x', attribute: 'a' }, serve: {} }] }, '"x"'],
    ['prerequisites that are missing', { prerequisites: [{ flag: 'g', variants: ['on'] }] }, '"g"'],
    ['prerequisites in a circle', { prerequisites: [{ flag: 'f', variants: ['on'] }] }, '"f"'],
    ['documents of another shape', { rules: 7 }, 'cannot be read'],
  ])('leaves out flags with %s', (_what, more, why) => {
    const { definition, left } = exportOne(more as Partial<Flag>);
    expect(definition.flags).toEqual({});
    expect(left[0]?.why).toContain(why);
  });
});
