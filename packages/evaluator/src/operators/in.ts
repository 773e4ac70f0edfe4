// `in`: identical to one of the operands; no coercion.
import { isFiniteNumber, takeList } from './operands.ts';
import { defineOperator } from './operator.ts';

type Member = string | number | boolean;

export const isIn = defineOperator<readonly Member[]>({
  name: 'in',
  operand: (test, findings) => takeList(test, findings, 'operand_member', isMember, 0),
  compile(members) {
    if (members.length >= 1 && members.length <= 3) {
      // Absent members repeat the first: comparing again with an equal value changes nothing.
      const [a, b = a, c = a] = members;
      return (value) => value === a || value === b || value === c;
    }
    const set: ReadonlySet<unknown> = new Set(members);
    return (value) => set.has(value);
  },
  literals: (members) => members,
});

function isMember(value: unknown): value is Member {
  return typeof value === 'string' || typeof value === 'boolean' || isFiniteNumber(value);
}
