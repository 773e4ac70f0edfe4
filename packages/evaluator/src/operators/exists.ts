// `exists`: the attribute is there, and neither undefined nor null.
import { refuse } from './operands.ts';
import { defineOperator } from './operator.ts';

export const exists = defineOperator<true>({
  name: 'exists',
  operand(test, findings) {
    refuse(test, 'value', findings);
    refuse(test, 'values', findings);
    return true;
  },
  compile: () => (value) => value !== undefined && value !== null,
});
