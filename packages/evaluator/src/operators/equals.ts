// `equals`: identical to the one operand; no coercion.
import { foldCase } from '../values/fold-case.ts';
import { own } from '../untrusted.ts';
import { foldAttribute, isFiniteNumber, takeIgnoreCase } from './operands.ts';
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
    const literal = own(test, 'value');
    if (typeof literal === 'string') return { literal: ignoreCase ? foldCase(literal) : literal, ignoreCase };
    if (isLiteral(literal)) return { literal, ignoreCase: false };
    findings.add('operand_literal', '', 'value');
    return undefined;
  },
  compile: ({ literal, ignoreCase }) =>
    ignoreCase ? (value) => foldAttribute(value) === literal : (value) => value === literal,
  literals: ({ literal, ignoreCase }) => (ignoreCase ? undefined : [literal]),
  cost: ({ ignoreCase }) => (ignoreCase ? 50 : 1),
});

function isLiteral(value: unknown): value is Literal {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || isFiniteNumber(value);
}
