import { expect, it } from 'vitest';
import { passing } from '../testing/operators.ts';
import { containsAll } from './contains-all.ts';

it('takes lists that hold every operand, in any order and number', () => {
  const lists = [['a', 'b'], ['b', 'x', 'a', 'a'], ['a'], ['A', 'b'], []];
  expect(passing(containsAll, { values: ['a', 'b', 'a'] }, lists)).toEqual([
    ['a', 'b'],
    ['b', 'x', 'a', 'a'],
  ]);
  expect(passing(containsAll, { values: ['a', 'b'], ignoreCase: true }, [['A', 'b']])).toEqual([['A', 'b']]);
});

it('takes lists only', () => {
  expect(passing(containsAll, { values: ['a'] })).toEqual([['a']]);
});
