// `equals`: identical to the one operand; no coercion.
import { foldCase } from '../values/fold-case.ts';
import { foldAttribute, isFiniteNumber, takeIgnoreCase, takeValue } from './operands.ts';
import { defineOperator, type Literal } from './operator.ts';

interface Equals {
  readonly literal: Literal;
  readonly ignoreCase: boolean;
}

export const equals = defineOperator<Equals>({
  name: 'equals',
  members: ['value', 'ignoreCase'],
  isHashable: true,
  isNegatable: true,
  operand(test, findings) {
    const ignoreCase = takeIgnoreCase(test, findings);
    const taken = takeValue(test, findings, 'operand_literal', (value) =>
      isLiteral(value) ? { literal: value } : undefined,
    );
    if (taken === undefined || typeof taken.literal !== 'string')
      return taken && { ...taken, ignoreCase: false };
    return { literal: ignoreCase ? foldCase(taken.literal) : taken.literal, ignoreCase };
  },
  compile: ({ literal, ignoreCase }) =>
    ignoreCase ? (value) => foldAttribute(value) === literal : (value) => value === literal,
  literals: ({ literal, ignoreCase }) => (ignoreCase ? undefined : [literal]),
  cost: ({ ignoreCase }) => (ignoreCase ? 50 : 1),
});

function isLiteral(value: unknown): value is Literal {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || isFiniteNumber(value);
}
