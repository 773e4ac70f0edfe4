import { expect, it } from 'vitest';
import { findingsFor, passing } from '../testing/operators.ts';
import { equals } from './equals.ts';

it('takes exactly its operand, without coercion', () => {
  expect(passing(equals, { value: 'a' })).toEqual(['a']);
  expect(passing(equals, { value: 1 })).toEqual([1]);
  expect(passing(equals, { value: true })).toEqual([true]);
  expect(passing(equals, { value: null })).toEqual([null]);
});

it('does not tell negative zero from zero', () => {
  expect(passing(equals, { value: 0 })).toEqual([0, -0]);
});

it('refuses operands that nothing can be identical to', () => {
  const refused = [{ path: 'value', rule: 'operand_literal' }];
  for (const value of [undefined, {}, [], Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(findingsFor(equals, { value })).toEqual(refused);
  }
  expect(findingsFor(equals, { values: ['a'] })).toEqual([
    { path: 'values', rule: 'operand_unexpected' },
    ...refused,
  ]);
});

it('can ignore case, letter by letter', () => {
  const values = ['Strasse ä', 'Straße ä', 'strasse a', 7, 'x'.repeat(4_097)];
  expect(passing(equals, { value: 'STRASSE Ä', ignoreCase: true }, values)).toEqual(['Strasse ä']);
  expect(findingsFor(equals, { value: 'STRASSE Ä', ignoreCase: 'yes' })).toEqual([
    { path: 'ignoreCase', rule: 'operand_ignore_case' },
  ]);
});
