// What every subject evaluates: the flags of each case in neutral form, and the contexts. No subject's format, no clock.
import { createHash } from 'node:crypto';

/** A rule: country is one of three, and the tier fits. */
export interface BenchRule {
  readonly countries: readonly string[];
  readonly tier: string;
}

export type FlagKind = 'static' | 'targeted' | 'percentage' | 'experiment' | 'ten-rules';

/** `on` for those that a rule matches; for all without rules. An experiment splits those over its variants. */
export interface BenchFlag {
  readonly key: string;
  readonly kind: FlagKind;
  readonly rules: readonly BenchRule[];
  /** Of the variants a, b and c; of on and off for a percentage; none for everybody. */
  readonly weights: readonly number[];
}

/** A user, as applications hold it; every subject makes its own form of it before the measurement. */
export interface BenchUser {
  readonly targetingKey: string;
  readonly country: string;
  readonly tier: string;
  readonly [attribute: string]: string | number | boolean;
}

export const singleCases = ['static', 'targeted', 'percentage', 'experiment', 'ten-rules'] as const;
/** Measured for ourselves only. */
export const ownCases = ['exposed', 'million-members', 'compile-50000-flags'] as const;
export const caseNames = [...singleCases, 'mixed', ...ownCases] as const;
export type CaseName = (typeof caseNames)[number];

const matching: BenchRule = { countries: ['DE', 'FR', 'NL'], tier: 'gold' };
const countries = [
  'US',
  'GB',
  'ES',
  'IT',
  'PL',
  'SE',
  'NO',
  'DK',
  'FI',
  'AT',
  'CH',
  'BE',
  'PT',
  'IE',
  'CZ',
  'HU',
];

/** One flag of a kind; the ten rules differ in their countries, and only the last one's fit. */
export function benchFlag(kind: FlagKind, index = 0): BenchFlag {
  const key = `bench-${kind}-${index}`;
  const tenRules = Array.from({ length: 10 }, (_, rule) => (rule === 9 ? matching : otherRule(rule + index)));
  const rules = {
    static: [],
    targeted: [matching],
    percentage: [],
    experiment: [matching],
    'ten-rules': tenRules,
  }[kind];
  const weights = kind === 'percentage' ? [50, 50] : kind === 'experiment' ? [34, 33, 33] : [];
  return { key, kind, rules, weights };
}

function otherRule(index: number): BenchRule {
  return {
    countries: [0, 1, 2].map((step) => countries[(index * 3 + step) % countries.length]!),
    tier: 'gold',
  };
}

/** An id of 36 characters, the same in every run. */
export function benchId(index: number): string {
  const hex = createHash('md5').update(String(index)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Users whom every rule's last line matches; `shape` adds attributes, so that objects differ in their layout. */
export function benchUser(id: string, shape = 0): BenchUser {
  const before = Object.fromEntries(Array.from({ length: shape % 4 }, (_, i) => [`a${shape}_${i}`, i]));
  const after = Object.fromEntries(Array.from({ length: shape >> 2 }, (_, i) => [`z${shape}_${i}`, 'x']));
  return { ...before, targetingKey: id, country: 'DE', tier: 'gold', plan: 'pro', ...after };
}

/** The flags of the mixed case: 40 of each kind, shuffled the same way in every run. */
export function mixedFlags(): readonly BenchFlag[] {
  const flags = singleCases.flatMap((kind) =>
    Array.from({ length: 40 }, (_, index) => benchFlag(kind, index)),
  );
  return flags
    .map((flag) => ({ flag, place: createHash('md5').update(flag.key).digest('hex') }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ flag }) => flag);
}
