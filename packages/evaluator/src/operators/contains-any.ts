// `contains_any`: a list that holds one or more of the operands.
import { elementsOperator } from './compare-elements.ts';

export const containsAny = elementsOperator('contains_any', (members, elements) =>
  members.some((member) => elements.has(member)),
);
