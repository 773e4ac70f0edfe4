import { expect, it } from 'vitest';
import { anyValues, findingsFor, passing } from '../testing/operators.ts';
import { between } from './between.ts';

it('includes both bounds', () => {
  expect(passing(between, { values: [1, 3] }, [0, 1, 2, 3, 4])).toEqual([1, 2, 3]);
});

it('takes finite numbers only', () => {
  expect(passing(between, { values: [-5, 5] }, anyValues)).toEqual([0, -0, 1, -1, 1.5]);
});

it('refuses other than two bounds in order', () => {
  for (const values of [[1], [1, 2, 3], [2, 1]]) {
    expect(findingsFor(between, { values })).toEqual([{ path: 'values', rule: 'operand_bounds' }]);
  }
  expect(findingsFor(between, { values: [1, '2'] })).toEqual([
    { path: 'values[1]', rule: 'operand_finite_number' },
  ]);
});
