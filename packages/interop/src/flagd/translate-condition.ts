// Turns JSONLogic where its truth is asked for into an expression. All or nothing: a part that has no counterpart makes
// the whole condition untranslatable, because half a condition would mean something else.
import type { Expression } from '@org/contract/model';
import { allOf, always, anyOf, never, not } from './expressions.ts';
import { translateGuarded } from './guarded.ts';
import { isTruthy, readNode } from './json-logic.ts';
import { attributeOf, isVariable, readVariable, type Attribute } from './read-variable.ts';
import { below, depthMax, leaveOut, noteChange, noteInexact, type Scope } from './scope.ts';
import { translateComparison } from './translate-comparison.ts';

/** The expression that is true exactly when the node is truthy; undefined when there is none (reported). */
export function translateCondition(value: unknown, scope: Scope): Expression | undefined {
  if (scope.depth > depthMax) return leaveOut(scope, `nested deeper than ${depthMax} levels`);
  const node = readNode(value);
  if (node.type === 'literal') return isTruthy(node.value) ? always : never;
  if (node.type !== 'call') return leaveOut(scope, 'not a JSONLogic condition');
  const translate = conditions.get(node.operator);
  if (translate === undefined) return leaveOut(scope, `the operator "${node.operator}" has no counterpart`);
  return translate(node.operands, below(scope, node.operator), node.operator);
}

type Translate = (operands: readonly unknown[], scope: Scope, operator: string) => Expression | undefined;

const conjunction: Translate = (operands, scope) => {
  // JSONLogic's empty "and" is null, which is false.
  if (operands.length === 0) return never;
  const guarded = translateGuarded(operands, scope);
  if (guarded !== undefined) return guarded;
  const of = translateAll(operands, scope);
  return of && allOf(of);
};

const disjunction: Translate = (operands, scope) => {
  const of = translateAll(operands, scope);
  return of && anyOf(of);
};

const negation: Translate = ([operand], scope) => {
  const of = translateCondition(operand, below(scope, 0));
  return of && not(of);
};

const affirmation: Translate = ([operand], scope) => translateCondition(operand, below(scope, 0));

/** An attribute on its own: JSONLogic takes false, 0, "" and null for false. */
const truthOfVariable: Translate = (operands, scope) => {
  const attribute = readVariable({ var: operands }, scope);
  if (attribute === undefined) return undefined;
  noteChange(scope, 'empty lists and objects count as true here, and as false in flagd');
  return {
    op: 'and',
    of: [{ op: 'exists', attribute }, not({ op: 'in', attribute, values: [false, 0, ''] })],
  };
};

const choice: Translate = (operands, scope) => {
  const branches: Expression[] = [];
  const earlier: Expression[] = [];
  for (let index = 0; index < operands.length; index += 2) {
    const last = index + 1 >= operands.length;
    const condition = last ? always : translateCondition(operands[index], below(scope, index));
    const at = last ? index : index + 1;
    const result = translateCondition(operands[at], below(scope, at));
    if (condition === undefined || result === undefined) return undefined;
    branches.push({ op: 'and', of: [...earlier.map(not), condition, result] });
    earlier.push(condition);
  }
  return { op: 'or', of: branches };
};

const membership: Translate = ([item, list], scope) => {
  const collection = readNode(list);
  if (isVariable(item) && collection.type === 'list') return inList(item, collection.items, scope);
  const needle = readNode(item);
  if (
    needle.type === 'literal' &&
    typeof needle.value === 'string' &&
    needle.value !== '' &&
    isVariable(list)
  ) {
    return inText(list, needle.value, scope);
  }
  return leaveOut(
    scope,
    '"in" is understood as an attribute in a list of values, or as a text in an attribute',
  );
};

function inText(variable: unknown, text: string, scope: Scope): Expression | undefined {
  const attribute = readVariable(variable, below(scope, 1));
  if (attribute === undefined) return undefined;
  noteChange(scope, 'an attribute that is a list contains nothing here; in flagd its members are compared');
  return { op: 'contains', attribute, values: [text] };
}

function inList(item: unknown, list: readonly unknown[], scope: Scope): Expression | undefined {
  const attribute = readVariable(item, below(scope, 0));
  if (attribute === undefined) return undefined;
  const values = list.filter(
    (value) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean',
  );
  const nulls = list.filter((value) => value === null);
  // In flagd a number finds itself in texts, words count as 0, and true, false and null end the evaluation.
  if (values.some((value) => typeof value !== 'number') || nulls.length > 0) noteInexact(scope);
  if (values.length + nulls.length < list.length)
    return leaveOut(below(scope, 1), 'only literals are understood in the list of "in"');
  const test: Expression = values.length > 0 ? { op: 'in', attribute, values } : never;
  return nulls.length === 0 ? test : { op: 'or', of: [test, not({ op: 'exists', attribute })] };
}

const affix: Translate = ([subject, text], scope, operator) => {
  const literal = readNode(text);
  if (literal.type !== 'literal' || typeof literal.value !== 'string' || literal.value === '') {
    return leaveOut(scope, `"${operator}" is understood with a text that is not empty`);
  }
  const attribute = readVariable(subject, below(scope, 0));
  return attribute === undefined ? undefined : { op: operator, attribute, values: [literal.value] };
};

const missing: Translate = (operands, scope) => {
  const names =
    operands.length === 1 && Array.isArray(operands[0]) ? (operands[0] as readonly unknown[]) : operands;
  const attributes: Attribute[] = [];
  for (const [index, name] of names.entries()) {
    if (typeof name !== 'string')
      return leaveOut(below(scope, index), '"missing" is understood with names of attributes');
    const attribute = attributeOf(name, below(scope, index));
    if (attribute === undefined) return undefined;
    attributes.push(attribute);
  }
  noteChange(scope, 'an attribute that is null counts as missing here, and as present in flagd');
  return { op: 'or', of: attributes.map((attribute) => not({ op: 'exists', attribute })) };
};

const reference: Translate = ([name], scope) => {
  if (typeof name !== 'string' || !scope.fragments.segments.has(name)) {
    return leaveOut(scope, `${JSON.stringify(name)} is no fragment of $evaluators, or one inside another`);
  }
  scope.fragments.usedAsSegment.add(name);
  return { op: 'segment', key: name };
};

const conditions = new Map<string, Translate>([
  ['and', conjunction],
  ['or', disjunction],
  ['!', negation],
  ['not', negation],
  ['!!', affirmation],
  ['if', choice],
  ['?:', choice],
  ['var', truthOfVariable],
  ['in', membership],
  ['starts_with', affix],
  ['ends_with', affix],
  ['missing', missing],
  ['$ref', reference],
  ...['==', '===', '!=', '!==', '<', '<=', '>', '>='].map((name): [string, Translate] => [
    name,
    translateComparison,
  ]),
]);

function translateAll(operands: readonly unknown[], scope: Scope): Expression[] | undefined {
  // Every operand is looked at, so that every finding is named, not the first one only.
  const all = operands.map((operand, index) => translateCondition(operand, below(scope, index)));
  return all.every((expression) => expression !== undefined) ? all : undefined;
}
