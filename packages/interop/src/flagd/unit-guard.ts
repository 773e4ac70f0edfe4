// Recognises the condition that the export puts before a split: that the context has the unit. Our splits pass contexts without
// one over by themselves.
import { allOf, call, isText, isUnit, type Logic } from './export/logic.ts';
import { matches, readNode } from './json-logic.ts';

/** The condition without the guard of the split that it leads to; undefined when there is no such guard. */
export function withoutUnitGuard(
  condition: unknown,
  result: unknown,
): { readonly condition: unknown } | undefined {
  const guard = guardOf(result);
  if (guard === undefined) return undefined;
  if (matches(condition, guard)) return { condition: true };
  const node = readNode(condition);
  if (node.type !== 'call' || node.operator !== 'and' || !matches(node.operands.at(-1), guard))
    return undefined;
  return { condition: { and: node.operands.slice(0, -1) } };
}

function guardOf(result: unknown): Logic | undefined {
  const node = readNode(result);
  if (node.type !== 'call' || node.operator !== 'fractional') return undefined;
  const first = readNode(node.operands[0]);
  if (first.type === 'list') return allOf([isText(targetingKey), call('!==', targetingKey, '')]);
  if (first.type !== 'call' || first.operator !== 'cat') return undefined;
  const unit = readNode(first.operands.at(-1));
  const name = unit.type === 'call' && unit.operator === 'var' ? unit.operands[0] : undefined;
  return typeof name === 'string' ? isUnit({ var: name }) : undefined;
}

const targetingKey: Logic = { var: 'targetingKey' };
