// `contains_all`: a list that holds every operand.
import { elementsOperator } from './compare-elements.ts';

export const containsAll = elementsOperator('contains_all', (members, elements) =>
  members.every((member) => elements.has(member)),
);
