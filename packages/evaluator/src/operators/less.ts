// `less`: a finite number below the operand.
import { takeNumber } from './operands.ts';
import { defineOperator } from './operator.ts';

export const less = defineOperator<number>({
  name: 'less',
  members: ['value'],
  operand: takeNumber,
  compile: (limit) => (value) => typeof value === 'number' && value < limit && value !== -Infinity,
});
