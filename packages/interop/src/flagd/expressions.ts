// Small expressions that the translation is made of.
import type { Expression, NotExpression } from '@org/contract/model';
import { limits } from '@org/contract/limits';

export const always: Expression = { op: 'and', of: [] };
export const never: Expression = { op: 'or', of: [] };

/** The opposite, without stacking negations. */
export function not(of: Expression): Expression {
  return isNot(of) ? of.of : { op: 'not', of };
}

/** All of them; one alone stands for itself. */
export function allOf(of: readonly Expression[]): Expression {
  const [only] = of;
  return of.length === 1 && only !== undefined ? only : { op: 'and', of };
}

/** One of them; one alone stands for itself. */
export function anyOf(of: readonly Expression[]): Expression {
  const [only] = of;
  return of.length === 1 && only !== undefined ? only : { op: 'or', of };
}

/** Whether the contract's limits admit the expression. */
export function fits(expression: Expression): boolean {
  const { depth, nodes } = measure(expression);
  return depth <= limits.expressionDepthMax && nodes <= limits.expressionNodesMax;
}

function measure(expression: Expression): { readonly depth: number; readonly nodes: number } {
  const inner = childrenOf(expression).map(measure);
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    nodes: 1 + inner.reduce((sum, { nodes }) => sum + nodes, 0),
  };
}

function childrenOf(expression: Expression): readonly Expression[] {
  if (isNot(expression)) return [expression.of];
  if ('of' in expression) return expression.of;
  return [];
}

// A test's operator may be any text, so the type alone does not tell the two apart.
function isNot(expression: Expression): expression is NotExpression {
  return expression.op === 'not';
}
