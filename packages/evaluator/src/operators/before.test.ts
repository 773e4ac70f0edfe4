import { expect, it } from 'vitest';
import { findingsFor, passing } from '../testing/operators.ts';
import { before } from './before.ts';

const instants = [
  '2026-11-19T23:59:59.999Z',
  '2026-11-20T00:00:00Z',
  '2026-11-20T01:00:00+02:00',
  '2026-11-19',
  1_795_046_400_000,
];

it('takes what is earlier, in any form', () => {
  const earlier = ['2026-11-19T23:59:59.999Z', '2026-11-20T01:00:00+02:00', '2026-11-19', 1_795_046_400_000];
  expect(passing(before, { value: '2026-11-20' }, instants)).toEqual(earlier);
  expect(passing(before, { value: Date.UTC(2026, 10, 20) }, instants)).toEqual(earlier);
});

it('takes dates and numbers only, and no text that is no instant', () => {
  expect(passing(before, { value: '2026-11-20' })).toEqual([0, -0, 1, -1, 1.5, new Date(0)]);
});

it('asks the clock at each evaluation', () => {
  const times = [1_000, 3_000];
  const value = { ago: 'PT1S' };
  expect(passing(before, { value }, [1_500, 1_500], () => times.shift()!)).toEqual([1_500]);
  expect(passing(before, { value: { ahead: 'PT1S' } }, [5_999, 6_000], () => 5_000)).toEqual([5_999]);
  expect(passing(before, { value }, [1_500])).toEqual([]);
});

it('refuses what is no instant', () => {
  const refused = [{ path: 'value', rule: 'operand_instant' }];
  const bad = [
    undefined,
    null,
    '',
    'yesterday',
    '2026-02-30',
    Infinity,
    {},
    { ago: 'P1M' },
    { ago: 7 },
    { since: 'P1D' },
    [],
  ];
  for (const value of bad) expect(findingsFor(before, { value })).toEqual(refused);
  expect(findingsFor(before, { value: { ago: 'P1D', ahead: 'P1D' } })).toEqual(refused);
  expect(findingsFor(before, { value: JSON.parse('{"__proto__":"P1D"}') })).toEqual(refused);
});
