import { expect, it } from 'vitest';
import { bucketOf } from '../bucket.ts';
import { murmur3 } from '../murmur3.ts';
import { findingsFor, passing } from '../testing/operators.ts';
import { percentage } from './percentage.ts';

const units = [
  ...Array.from({ length: 500 }, (_, index) => `user-${index}`),
  'é',
  '😀',
  '\ud800',
  7,
  -7,
  2 ** 53 - 1,
];

it.each([0, 0.001, 12.345, 33.333, 50, 99.999, 100])(
  'takes the units in the first %d per cent of the buckets',
  (value) => {
    const expected = units.filter(
      (unit) => bucketOf(murmur3(`salt${unit}`), 100_000) < Math.round(value * 1000),
    );
    expect(passing(percentage, { value, salt: 'salt' }, units)).toEqual(expected);
  },
);

it('takes units only', () => {
  expect(passing(percentage, { value: 100, salt: '' })).toEqual([0, -0, 1, -1, 'a', 'A', '\ud800']);
  expect(passing(percentage, { value: 100, salt: '' }, ['x'.repeat(16_385), 2 ** 53])).toEqual([]);
});

it('refuses what is no share, and a missing salt', () => {
  for (const value of [undefined, -1, 100.1, 0.0001, NaN, '50']) {
    expect(findingsFor(percentage, { value, salt: '' })).toEqual([
      { path: 'value', rule: 'operand_percentage' },
    ]);
  }
  for (const salt of [undefined, 7, '\ud800']) {
    expect(findingsFor(percentage, { value: 5, salt })).toEqual([{ path: 'salt', rule: 'operand_salt' }]);
  }
});
