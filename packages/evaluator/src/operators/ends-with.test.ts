import { expect, it } from 'vitest';
import { findingsFor, passing } from '../testing/operators.ts';
import { endsWith } from './ends-with.ts';

const fits = ['ab', 'xab'];

it('finds one of its texts at the end, case-sensitively', () => {
  expect(passing(endsWith, { values: ['q', 'ab'] }, [...fits, ...['abx', 'AB', 'b']])).toEqual(fits);
});

it('takes texts only', () => {
  expect(passing(endsWith, { values: ['a', '1', 't'] })).toEqual(['a']);
});

it('takes subjects of at most 4,096 units', () => {
  const values = [4096, 4097].map((length) => 'a'.repeat(length));
  expect(passing(endsWith, { values: ['a'] }, values)).toEqual([values[0]]);
});

it('refuses an empty list, and texts that are empty or none', () => {
  expect(findingsFor(endsWith, { values: [] })).toEqual([{ path: 'values', rule: 'operand_list' }]);
  expect(findingsFor(endsWith, { values: ['a', '', 1] })).toEqual([
    { path: 'values[1]', rule: 'operand_text' },
    { path: 'values[2]', rule: 'operand_text' },
  ]);
});

it('can ignore case', () => {
  expect(passing(endsWith, { values: ['Ä'], ignoreCase: true }, ['ä', 'Ä', 'a'])).toEqual(['ä', 'Ä']);
});
