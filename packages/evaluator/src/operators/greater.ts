// `greater`: a finite number above the operand.
import { takeNumber } from './operands.ts';
import { defineOperator } from './operator.ts';

export const greater = defineOperator<number>({
  name: 'greater',
  members: ['value'],
  operand: takeNumber,
  compile: (limit) => (value) => typeof value === 'number' && value > limit && value !== Infinity,
});
