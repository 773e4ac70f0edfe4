import { expect, it } from 'vitest';
import { findingsFor, passing } from '../testing/operators.ts';
import { containsAny } from './contains-any.ts';

it('takes lists that hold one of the operands, without coercion', () => {
  const lists = [['a'], ['b', 1], [1], ['1'], [true], [['a']], [null], []];
  expect(passing(containsAny, { values: ['a', 1] }, lists)).toEqual([['a'], ['b', 1], [1]]);
});

it('takes lists only', () => {
  expect(passing(containsAny, { values: ['a', 1] })).toEqual([['a']]);
  expect(passing(containsAny, { values: ['a'] }, [{ 0: 'a', length: 1 }, 'a', new Set(['a'])])).toEqual([]);
});

it('looks at 1,000 elements at most, and at no iterator of the list', () => {
  const lists = [1_000, 1_001].map((length) => Array.from({ length }, () => 'a'));
  expect(passing(containsAny, { values: ['a'] }, lists)).toEqual([lists[0]]);
  const endless = Object.assign(['a'], {
    *[Symbol.iterator]() {
      for (;;) yield 'b';
    },
  });
  expect(passing(containsAny, { values: ['a'] }, [endless])).toEqual([endless]);
});

it('can ignore case', () => {
  expect(passing(containsAny, { values: ['Ä'], ignoreCase: true }, [['ä'], ['a']])).toEqual([['ä']]);
});

it('refuses what equality refuses', () => {
  expect(findingsFor(containsAny, { values: [] })).toEqual([{ path: 'values', rule: 'operand_list' }]);
  expect(findingsFor(containsAny, { values: ['a', null] })).toEqual([
    { path: 'values[1]', rule: 'operand_member' },
  ]);
});
