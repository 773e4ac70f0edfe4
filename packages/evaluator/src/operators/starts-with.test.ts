import { expect, it } from 'vitest';
import { findingsFor, passing } from '../testing/operators.ts';
import { startsWith } from './starts-with.ts';

const fits = ['ab', 'abx'];

it('finds one of its texts at the beginning, case-sensitively', () => {
  expect(passing(startsWith, { values: ['q', 'ab'] }, [...fits, ...['xab', 'AB', 'a']])).toEqual(fits);
});

it('takes texts only', () => {
  expect(passing(startsWith, { values: ['a', '1', 't'] })).toEqual(['a']);
});

it('takes subjects of at most 4,096 units', () => {
  const values = [4096, 4097].map((length) => 'a'.repeat(length));
  expect(passing(startsWith, { values: ['a'] }, values)).toEqual([values[0]]);
});

it('refuses an empty list, and texts that are empty or none', () => {
  expect(findingsFor(startsWith, { values: [] })).toEqual([{ path: 'values', rule: 'operand_list' }]);
  expect(findingsFor(startsWith, { values: ['a', '', 1] })).toEqual([
    { path: 'values[1]', rule: 'operand_text' },
    { path: 'values[2]', rule: 'operand_text' },
  ]);
});

it('can ignore case', () => {
  expect(passing(startsWith, { values: ['Ä'], ignoreCase: true }, ['ä', 'Ä', 'a'])).toEqual(['ä', 'Ä']);
});
