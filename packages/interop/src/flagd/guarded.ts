// Recognises the tests that the export writes with guards for types (export/condition.ts): they mean exactly what our operators
// mean, so that what was exported comes back as it was.
import type { Expression } from '@org/contract/model';
import { isNumber, isText, type Logic } from './export/logic.ts';
import { matches, readNode } from './json-logic.ts';
import { readVariable, type Attribute } from './read-variable.ts';
import type { Scope } from './scope.ts';

/** The test that guards and a comparison make together; undefined when the operands are something else. */
export function translateGuarded(operands: readonly unknown[], scope: Scope): Expression | undefined {
  const variable = variableOf(operands[0]);
  if (variable === undefined) return undefined;
  const read = (): Attribute | undefined => readVariable(variable, scope);
  if (operands.length === 2 && matches(operands[0], isText(variable)))
    return translateText(operands[1], variable, read);
  const guards = isNumber(variable);
  const [comparison] = operands.slice(guards.length);
  if (
    operands.length !== guards.length + 1 ||
    !guards.every((guard, index) => matches(operands[index], guard))
  )
    return undefined;
  return translateNumber(comparison, variable, read);
}

/** The variable that a guard is about. */
function variableOf(guard: unknown): Logic | undefined {
  const node = readNode(guard);
  const first = node.type === 'call' ? readNode(node.operands[0]) : undefined;
  if (first?.type !== 'call' || first.operator !== 'var' || first.operands.length !== 1) return undefined;
  const [name] = first.operands;
  return typeof name === 'string' ? { var: name } : undefined;
}

type Read = () => Attribute | undefined;

/** A text that is one of several, or that contains one of several. */
function translateText(value: unknown, variable: Logic, read: Read): Expression | undefined {
  const node = readNode(value);
  if (node.type !== 'call') return undefined;
  if (node.operator === 'in' && matches(node.operands[0], variable)) {
    const [, list] = node.operands;
    if (node.operands.length !== 2 || !isTexts(list)) return undefined;
    const attribute = read();
    return attribute === undefined ? undefined : { op: 'in', attribute, values: list };
  }
  const searches = node.operator === 'or' ? node.operands : [value];
  const texts = searches.map((search) => searchedText(search, variable));
  if (texts.length === 0 || !isTexts(texts) || texts.includes('')) return undefined;
  const attribute = read();
  return attribute === undefined ? undefined : { op: 'contains', attribute, values: texts };
}

const isTexts = (values: unknown): values is readonly string[] =>
  Array.isArray(values) && values.every((value) => typeof value === 'string');

function searchedText(search: unknown, variable: Logic): unknown {
  const node = readNode(search);
  const isSearch =
    node.type === 'call' &&
    node.operator === 'in' &&
    node.operands.length === 2 &&
    matches(node.operands[1], variable);
  return isSearch ? node.operands[0] : undefined;
}

const orders: ReadonlyMap<string, string> = new Map([
  ['<', 'less'],
  ['<=', 'less_or_equal'],
  ['>', 'greater'],
  ['>=', 'greater_or_equal'],
]);

/** A number above, below or between others. */
function translateNumber(value: unknown, variable: Logic, read: Read): Expression | undefined {
  const node = readNode(value);
  const op = node.type === 'call' ? orders.get(node.operator) : undefined;
  if (node.type !== 'call' || op === undefined) return undefined;
  const [first, second, third] = node.operands;
  if (node.operands.length === 2 && matches(first, variable) && isFinite(second)) {
    const attribute = read();
    return attribute === undefined ? undefined : { op, attribute, value: second };
  }
  const isBetween = node.operands.length === 3 && node.operator === '<=' && matches(second, variable);
  if (!isBetween || !isFinite(first) || !isFinite(third) || first > third) return undefined;
  const attribute = read();
  return attribute === undefined ? undefined : { op: 'between', attribute, values: [first, third] };
}

const isFinite = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
