// `equals`: identical to the one operand; no coercion.
import { own } from '../untrusted.ts';
import { isFiniteNumber, refuse } from './operands.ts';
import { defineOperator, type Literal } from './operator.ts';

export const equals = defineOperator<{ readonly literal: Literal }>({
  name: 'equals',
  operand(test, findings) {
    refuse(test, 'values', findings);
    const literal = own(test, 'value');
    if (
      literal === null ||
      typeof literal === 'string' ||
      typeof literal === 'boolean' ||
      isFiniteNumber(literal)
    ) {
      return { literal };
    }
    findings.add('operand_literal', '', 'value');
    return undefined;
  },
  compile:
    ({ literal }) =>
    (value) =>
      value === literal,
  literals: ({ literal }) => [literal],
});
