// `less_or_equal`: a finite number at or below the operand.
import { takeNumber } from './operands.ts';
import { defineOperator } from './operator.ts';

export const lessOrEqual = defineOperator<number>({
  name: 'less_or_equal',
  members: ['value'],
  operand: takeNumber,
  compile: (limit) => (value) => typeof value === 'number' && value <= limit && value !== -Infinity,
});
