// Contexts for every-operation.flagd.json: some as they should be, and every attribute once in every wrong type.

const plain = {
  targetingKey: 'user-1',
  tier: 'gold',
  email: 'admin@example.org',
  age: 18,
  score: 2,
  vip: true,
  version: '1.2.4',
  user: { tier: 'silver' },
  tiers: ['bronze', 'gold'],
  numbers: [1, 2, 3],
  names: ['a', 'b'],
  items: [{ name: 'a' }, { name: 'b' }],
};

const oddValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  17,
  18.5,
  1e21,
  1e-7,
  '',
  '0',
  '1',
  '18',
  ' 18',
  '1_8',
  '0x12p0',
  'inf',
  'NaN',
  '1e999',
  'gold ',
  '\u00e9\u00e9\u00e9',
  '\u{1f600}gold',
  '\ufb00',
  '<&>',
  'v1.2',
  'V1.2.3-rc.1',
  '1.2.3+build',
  '01.2.3',
  '1.10.0',
  [],
  [[]],
  [1, null, 'a', true],
  [0, 4],
  ['b', 'gold'],
  {},
  { tier: 'gold', name: 'b', '': 1 },
  { var: 'tier' },
  { '==': [1, 1] },
  { unheard: [1] },
];

const others: readonly object[] = [
  {},
  { targetingKey: '' },
  { targetingKey: null },
  { ...plain, vip: false, age: 12, tier: 'silver', version: '1.2.3' },
  { ...plain, logic: { var: 'tier' } },
  { ...plain, logic: { if: [{ var: 'vip' }, { cat: ['go', 'ld'] }] } },
  { ...plain, $flagd: { fake: 1, flagKey: 'x', timestamp: 1 } },
  { ...plain, '1': 'gold', nobody: ['x'] },
  JSON.parse('{"targetingKey":"u","__proto__":"gold","constructor":"gold","tier":"__proto__"}') as object,
  { ...plain, names: Array.from({ length: 500 }, (_, index) => `name-${index}`) },
  { ...plain, tier: 'x'.repeat(5_000) },
];

const common: readonly object[] = [
  plain,
  ...others,
  ...Array.from({ length: 20 }, (_, index) => ({
    ...plain,
    targetingKey: `user-${index}`,
    email: `e${index}`,
  })),
  ...['\u00e9', '\u{1f600}', 'ejOoVL', 'bY9fO-', 'SI7p-', '6LvT0'].map((targetingKey) => ({
    ...plain,
    targetingKey,
    email: targetingKey,
  })),
];

/** Contexts for a flag, given as its JSON: those for all, and every oddity of every attribute that it reads. */
export function contextsFor(flag: string): readonly object[] {
  const read = Object.keys(plain).filter((name) => flag.includes(`"${name}`));
  return [...common, ...read.flatMap(oddContexts)];
}

function oddContexts(name: string): readonly object[] {
  const { [name as 'tier']: _, ...without } = plain;
  // A key of units is a text in flagd; a number is one here, too (docs/flagd-import.md).
  const values = name === 'targetingKey' ? oddValues.filter((value) => typeof value !== 'number') : oddValues;
  return [without, ...values.map((value) => ({ ...plain, [name]: value }))];
}
