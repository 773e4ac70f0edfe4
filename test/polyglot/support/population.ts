// Who is assigned, and to what: the same users and flags in every language. Half of the users have names beyond ASCII, because
// that is where implementations of hashes part.
import type { EvaluationContext, Flag, Overlay, Segment } from '@org/contract/model';

export const usersInAll = 20_000;

const names = ['müller', 'Ωμέγα', 'ユーザー', 'юзер', '👩‍🚀', 'zoe\u0301', '用户', 'straße'];
const countries = ['DE', 'FR', 'JP', 'US', 'Österreich'];

/** The contexts of the first users: every second one with a name beyond ASCII. */
export function users(count = usersInAll): readonly EvaluationContext[] {
  return Array.from({ length: count }, (_, index) => ({
    targetingKey: isAscii(index) ? `user-${index}` : `${names[(index >> 1) % names.length]!}-${index}`,
    account: `account-${index % 5_000}`,
    country: countries[index % countries.length]!,
    age: index % 90,
    email: index % 3 === 0 ? `u${index}@example.org` : `u${index}@mail.example`,
  }));
}

/** Whether the user of this index has a name in ASCII. */
export const isAscii = (index: number): boolean => index % 2 === 0;

const weights = (all: Readonly<Record<string, number>>) => ({
  weights: Object.entries(all).map(([variant, weight]) => ({ variant, weight })),
});
const variants = (...all: readonly string[]) => Object.fromEntries(all.map((name) => [name, name]));

/** Every value is the name of its variant. */
export const flags: Readonly<Record<string, Flag>> = {
  colours: {
    type: 'string',
    enabled: true,
    clientVisible: true,
    variants: variants('red', 'green', 'blue', 'grey'),
    default: { split: weights({ red: 12_500, green: 25_000, blue: 62_499, grey: 1 }) },
  },
  accounts: {
    type: 'string',
    enabled: true,
    clientVisible: true,
    variants: variants('old', 'new'),
    default: { split: { ...weights({ old: 1, new: 1 }), by: 'account', salt: 'spring' } },
  },
  targeted: {
    type: 'string',
    enabled: true,
    clientVisible: true,
    variants: variants('member', 'adult', 'a', 'b', 'other'),
    targets: [{ variant: 'member', keys: ['user-4', 'müller-1'] }],
    rules: [
      { id: 'german', when: { op: 'segment', key: 'german-adults' }, serve: { variant: 'adult' } },
      {
        id: 'mail',
        when: { op: 'ends_with', attribute: 'email', values: ['@example.org'] },
        serve: { split: weights({ a: 3, b: 1 }) },
      },
    ],
    default: { variant: 'other' },
  },
  constant: {
    type: 'string',
    enabled: true,
    clientVisible: true,
    variants: variants('always'),
    default: { variant: 'always' },
  },
  off: {
    type: 'string',
    enabled: false,
    clientVisible: true,
    variants: variants('never'),
    default: { variant: 'never' },
  },
  overlaid: {
    type: 'string',
    enabled: true,
    clientVisible: true,
    variants: variants('control', 'treatment'),
    default: { variant: 'control' },
  },
};

export const segments: Readonly<Record<string, Segment>> = {
  'german-adults': {
    clientVisible: true,
    when: {
      op: 'and',
      of: [
        { op: 'in', attribute: 'country', values: ['DE', 'Österreich'] },
        { op: 'greater_or_equal', attribute: 'age', value: 18 },
      ],
    },
  },
};

export const overlays: Readonly<Record<string, Overlay>> = {
  experiment: {
    target: { kind: 'flag', key: 'overlaid' },
    patch: { serve: { split: weights({ control: 1, treatment: 1 }) } },
    ranges: [{ from: 0, to: 40_000 }],
    mode: 'live',
  },
};

/** What every program passes as the default of its code. */
export const codeDefault = 'code default';
