import { expect, it } from 'vitest';
import { anyValues, findingsFor, passing } from '../testing/operators.ts';
import { less } from './less.ts';

it('compares finite numbers', () => {
  expect(passing(less, { value: 2 }, [1, 2, 3])).toEqual([1]);
});

it('takes numbers only, and finite ones', () => {
  const taken = passing(less, { value: 5 }, anyValues);
  expect(taken).toEqual([0, -0, 1, -1, 1.5]);
});

it('refuses operands that are no finite numbers', () => {
  for (const value of ['2', null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(findingsFor(less, { value })).toEqual([{ path: 'value', rule: 'operand_finite_number' }]);
  }
});
