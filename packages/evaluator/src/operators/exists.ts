// `exists`: the attribute is there, and neither undefined nor null.
import { defineOperator } from './operator.ts';

export const exists = defineOperator<true>({
  name: 'exists',
  members: [],
  operand: () => true,
  compile: () => (value) => value !== undefined && value !== null,
});
