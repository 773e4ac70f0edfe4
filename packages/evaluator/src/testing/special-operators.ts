// Tests of the operators on versions, instants, addresses, patterns and lists, and values for them. For tests only.

/** What the operators of special types take, and what looks like it. */
export const specialValues: readonly unknown[] = [
  ...[
    '1.2.3',
    'v1.2',
    '2.0.0-rc.1',
    '1.2.3.4',
    '01.2.3',
    '10.1.2.3',
    '::ffff:10.1.2.3',
    '2001:db8::1',
    '::x',
  ],
  ...['2026-11-20', '2026-11-20T10:00:00+01:00', '2026-02-30', 'İSTANBUL', 'straße', '\ud800', 'a\nb'],
  ...[0, 3, -7, 1e15, 2 ** 53, null, true, {}],
  ...[[], ['DE'], ['de', 7], [7, true, null], Array.from({ length: 1_001 }, () => 'DE')],
];

/** Tests of every operator beyond the plain ones above. */
export const specialTests: readonly ({ readonly op: string } & object)[] = [
  ...['DE', 'İstanbul', 7, null].map((value) => ({ op: 'equals', value })),
  ...[['DE', 7], [], ['STRASSE', 'Straße']].map((values) => ({ op: 'in', values })),
  ...['contains', 'starts_with', 'ends_with'].map((op) => ({ op, values: ['İ', 'ße', '1'] })),
  ...['contains_any', 'contains_all'].flatMap((op) => [
    { op, values: ['DE'] },
    { op, values: [7, true, 'de'] },
  ]),
  ...['^[0-9]', '^.*e$', '^.$', 'a.b'].map((value) => ({ op: 'matches', value })),
  ...['before', 'after'].flatMap((op) =>
    ['2026-11-20', '2026-11-20T09:00:00Z', 0, { ago: 'PT12H' }, { ago: 'PT3H' }, { ahead: 'P9999W' }].map(
      (value) => ({ op, value }),
    ),
  ),
  ...['equals', 'greater', 'greater_or_equal', 'less', 'less_or_equal'].flatMap((op) =>
    ['1.2.3', '1.2', '2.0.0'].map((value) => ({ op: `semver_${op}`, value })),
  ),
  ...['^1.2', '~1.2.3 || 2.x', '*', '>=1.2.0 <2.0.0'].map((value) => ({ op: 'semver_in_range', value })),
  ...[['10.0.0.0/8'], ['::/0'], ['2001:db8::/32', '10.1.2.3']].map((values) => ({
    op: 'ip_in_range',
    values,
  })),
  ...[
    [4, 3],
    [10, 3],
    [1, 0],
  ].map((values) => ({ op: 'modulo', values })),
  ...[0, 12.345, 50, 100].map((value) => ({ op: 'percentage', value, salt: 'ä' })),
  ...[
    [0, 7],
    [-7, 3],
  ].map((values) => ({ op: 'between', values })),
  { op: 'exists' },
];
