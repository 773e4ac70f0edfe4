import { expect, it } from 'vitest';
import { findingsFor, passing } from '../testing/operators.ts';
import { modulo } from './modulo.ts';

it('takes integers that leave the remainder, which is never negative', () => {
  const numbers = [-8, -7, -3, 0, -0, 1, 3, 4, 7, 3.5, 9_007_199_254_740_991, 9_007_199_254_740_992, '3', 3n];
  expect(passing(modulo, { values: [10, 3] }, numbers)).toEqual([-7, 3]);
  expect(passing(modulo, { values: [4, 0] }, numbers)).toEqual([-8, 0, -0, 4]);
  expect(passing(modulo, { values: [1, 0] }, numbers)).toEqual([
    -8, -7, -3, 0, -0, 1, 3, 4, 7, 9_007_199_254_740_991,
  ]);
});

it('refuses what is no divisor with a remainder', () => {
  for (const values of [[3], [3, 3], [0, 0], [3, -1], [3, 1, 1], [-3, 1]]) {
    expect(findingsFor(modulo, { values })).toEqual([{ path: 'values', rule: 'operand_modulo' }]);
  }
  expect(findingsFor(modulo, { values: [2.5, '1'] })).toEqual([
    { path: 'values[0]', rule: 'operand_integer' },
    { path: 'values[1]', rule: 'operand_integer' },
  ]);
});
