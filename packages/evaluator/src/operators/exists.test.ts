import { expect, it } from 'vitest';
import { anyValues, findingsFor, passing } from '../testing/operators.ts';
import { exists } from './exists.ts';

it('takes everything but undefined and null', () => {
  expect(passing(exists, {})).toHaveLength(anyValues.length - 2);
  expect(passing(exists, {}, [undefined, null])).toEqual([]);
});

it('refuses operands', () => {
  expect(findingsFor(exists, { value: 1 })).toEqual([{ path: 'value', rule: 'operand_unexpected' }]);
});
