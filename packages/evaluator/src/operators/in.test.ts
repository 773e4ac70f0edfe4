import { expect, it } from 'vitest';
import { anyValues, findingsFor, passing } from '../testing/operators.ts';
import { isIn } from './in.ts';

it('takes each of its operands, in short lists and in long ones', () => {
  const few = ['a', 1, false];
  expect(passing(isIn, { values: few })).toEqual([false, 1, 'a']);
  const many = [...few, ...Array.from({ length: 20 }, (_, index) => `x${index}`)];
  expect(passing(isIn, { values: many }, [...anyValues, 'x19', 'x20'])).toEqual([false, 1, 'a', 'x19']);
});

it('takes nothing when the list is empty', () => {
  expect(passing(isIn, { values: [] })).toEqual([]);
});

it('takes one value of a list of one', () => {
  expect(passing(isIn, { values: ['a'] })).toEqual(['a']);
});

it('refuses what is no text, number or boolean', () => {
  expect(findingsFor(isIn, { values: ['a', null, {}, Number.NaN] })).toEqual([
    { path: 'values[1]', rule: 'operand_member' },
    { path: 'values[2]', rule: 'operand_member' },
    { path: 'values[3]', rule: 'operand_member' },
  ]);
  expect(findingsFor(isIn, { values: 'a' })).toEqual([{ path: 'values', rule: 'operand_list' }]);
});

it('can ignore case, letter by letter', () => {
  const values = ['Strasse ä', 'Straße ä', 'strasse a', 7, 'x'.repeat(4_097)];
  expect(passing(isIn, { values: ['STRASSE Ä', 7], ignoreCase: true }, values)).toEqual(['Strasse ä', 7]);
  expect(findingsFor(isIn, { values: ['STRASSE Ä', 7], ignoreCase: 'yes' })).toEqual([
    { path: 'ignoreCase', rule: 'operand_ignore_case' },
  ]);
});

it('refuses over-long lists', () => {
  const values = Array.from({ length: 10_001 }, (_, index) => index);
  expect(findingsFor(isIn, { values })).toEqual([{ path: 'values', rule: 'operand_list_length' }]);
  expect(passing(isIn, { values: values.slice(1) }, [0, 10_000])).toEqual([10_000]);
});
