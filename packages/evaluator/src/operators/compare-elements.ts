// What the operators on attributes that are lists share.
import { limits } from '../limits.ts';
import { foldAttribute, takeMembers, type Members } from './operands.ts';
import { defineOperator, type Operator } from './operator.ts';

/** An operator on an attribute that is a list of at most 1,000 elements. */
export function elementsOperator(
  name: string,
  fits: (members: readonly unknown[], elements: ReadonlySet<unknown>) => boolean,
): Operator {
  return defineOperator<Members>({
    name,
    members: ['values', 'ignoreCase'],
    isNegatable: true,
    operand: (test, findings) => takeMembers(test, findings, 1),
    compile:
      ({ members, ignoreCase }) =>
      (value) => {
        if (!Array.isArray(value) || value.length > limits.subjectElementsMax) return false;
        const elements = new Set<unknown>();
        // Not by its iterator, which may be the context's own and have no end.
        for (let i = 0; i < value.length; i++) elements.add(ignoreCase ? foldAttribute(value[i]) : value[i]);
        return fits(members, elements);
      },
    cost: ({ members, ignoreCase }) => 500 + members.length + (ignoreCase ? 5_000 : 0),
  });
}
