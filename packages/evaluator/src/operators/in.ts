// `in`: identical to one of the operands; no coercion.
import { foldAttribute, takeMembers, type Members } from './operands.ts';
import { defineOperator } from './operator.ts';

export const isIn = defineOperator<Members>({
  name: 'in',
  members: ['values', 'ignoreCase'],
  isHashable: true,
  isNegatable: true,
  operand: (test, findings) => takeMembers(test, findings, 0),
  compile({ members, ignoreCase }) {
    if (ignoreCase) {
      const folded: ReadonlySet<unknown> = new Set(members);
      return (value) => folded.has(foldAttribute(value));
    }
    if (members.length >= 1 && members.length <= 3) {
      // Absent members repeat the first: comparing again with an equal value changes nothing.
      const [a, b = a, c = a] = members;
      return (value) => value === a || value === b || value === c;
    }
    const set: ReadonlySet<unknown> = new Set(members);
    return (value) => set.has(value);
  },
  literals: ({ members, ignoreCase }) => (ignoreCase ? undefined : members),
  cost: ({ ignoreCase }) => (ignoreCase ? 50 : 1),
});
