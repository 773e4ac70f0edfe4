import { expect, it } from 'vitest';
import { findingsFor, passing } from '../testing/operators.ts';
import { contains } from './contains.ts';

const fits = ['ab', 'xab', 'abx', 'xabx'];

it('finds one of its texts anywhere, case-sensitively', () => {
  expect(passing(contains, { values: ['q', 'ab'] }, [...fits, ...['ba', 'AB', 'a b']])).toEqual(fits);
});

it('takes texts only', () => {
  expect(passing(contains, { values: ['a', '1', 't'] })).toEqual(['a']);
});

it('takes subjects of at most 4,096 units', () => {
  const values = [4096, 4097].map((length) => 'a'.repeat(length));
  expect(passing(contains, { values: ['a'] }, values)).toEqual([values[0]]);
});

it('refuses an empty list, and texts that are empty or none', () => {
  expect(findingsFor(contains, { values: [] })).toEqual([{ path: 'values', rule: 'operand_list' }]);
  expect(findingsFor(contains, { values: ['a', '', 1] })).toEqual([
    { path: 'values[1]', rule: 'operand_text' },
    { path: 'values[2]', rule: 'operand_text' },
  ]);
});

it('can ignore case', () => {
  expect(passing(contains, { values: ['Ä'], ignoreCase: true }, ['ä', 'Ä', 'a'])).toEqual(['ä', 'Ä']);
});
