// Turns ==, !=, ===, !==, <, <=, > and >= of one attribute and literals into tests. Ours never coerce, so where JSONLogic
// would, that is reported.
import type { Expression } from '@org/contract/model';
import { allOf, anyOf, not } from './expressions.ts';
import { isVariable, readVariable, type Attribute } from './read-variable.ts';
import { readNode } from './json-logic.ts';
import { below, leaveOut, noteChange, type Scope } from './scope.ts';

type Literal = string | number | boolean | null;

/** The test; undefined when there is none (reported). */
export function translateComparison(
  operands: readonly unknown[],
  scope: Scope,
  operator: string,
): Expression | undefined {
  const relation = relations.get(operator);
  if (relation !== undefined) return translateOrder(operands, scope, relation);
  if (operands.length !== 2) return leaveOut(scope, `"${operator}" is understood with two operands`);
  const equal = translateEquality(operands, scope, operator.length === 3);
  return equal && (operator.startsWith('!') ? not(equal) : equal);
}

function translateEquality(
  operands: readonly unknown[],
  scope: Scope,
  strict: boolean,
): Expression | undefined {
  const [attribute, value] = readSides(operands, scope) ?? [];
  if (attribute === undefined || value === undefined) return undefined;
  if (value === null) return not({ op: 'exists', attribute });
  if (!strict && coerces(value)) {
    noteChange(
      scope,
      `only ${JSON.stringify(value)} itself is equal here; JSONLogic's == also coerces other types to it`,
    );
  }
  return { op: 'equals', attribute, value };
}

/** Whether == finds values of other types equal to the literal. */
function coerces(value: Exclude<Literal, null>): boolean {
  if (typeof value !== 'string' || value.trim() === '' || !Number.isNaN(Number(value))) return true;
  // What Go, but not JavaScript, reads as a number.
  return /^[+-]?(?:inf|infinity|nan|[\d._]+(?:e[+-]?[\d_]+)?|0x[\da-f._]*p[+-]?[\d_]+)$/i.test(value);
}

/** The attribute and the literal, in whichever order they stand. */
function readSides(operands: readonly unknown[], scope: Scope): readonly [Attribute, Literal] | undefined {
  const at = isVariable(operands[0]) ? 0 : 1;
  const attribute = readVariable(operands[at], below(scope, at));
  const literal = readNode(operands[1 - at]);
  if (literal.type !== 'literal')
    return leaveOut(below(scope, 1 - at), 'an attribute is compared with literals only');
  return attribute === undefined ? undefined : [attribute, literal.value];
}

interface Relation {
  readonly op: 'less' | 'less_or_equal' | 'greater' | 'greater_or_equal';
  /** The relation with its sides exchanged. */
  readonly mirrored: Relation['op'];
  readonly holds: (left: number, right: number) => boolean;
}

const relations = new Map<string, Relation>([
  ['<', { op: 'less', mirrored: 'greater', holds: (left, right) => left < right }],
  ['<=', { op: 'less_or_equal', mirrored: 'greater_or_equal', holds: (left, right) => left <= right }],
  ['>', { op: 'greater', mirrored: 'less', holds: (left, right) => left > right }],
  ['>=', { op: 'greater_or_equal', mirrored: 'less_or_equal', holds: (left, right) => left >= right }],
]);

/** `a < 5`, `5 < a`, and the form with three operands, `1 < a < 5`. */
function translateOrder(
  operands: readonly unknown[],
  scope: Scope,
  relation: Relation,
): Expression | undefined {
  const at = operands.findIndex(isVariable);
  if (operands.length < 2 || operands.length > 3 || at < 0 || (operands.length === 3 && at !== 1)) {
    return leaveOut(
      scope,
      'order is understood between one attribute and numbers, the attribute in the middle of three',
    );
  }
  const attribute = readVariable(operands[at], below(scope, at));
  const bounds = operands.map((operand) =>
    typeof operand === 'number' && Number.isFinite(operand) ? operand : undefined,
  );
  const [left, right] = [bounds[at - 1], bounds[at + 1]];
  if (bounds.some((bound, index) => bound === undefined && index !== at)) {
    return leaveOut(scope, 'an attribute is ordered against numbers only');
  }
  if (attribute === undefined) return undefined;
  noteChange(scope, 'only numbers have an order here; JSONLogic also reads numbers in texts and true as 1');
  const test = between(attribute, left, right, relation);
  // JSONLogic reads a missing attribute as 0.
  const zeroHolds =
    (left === undefined || relation.holds(left, 0)) && (right === undefined || relation.holds(0, right));
  return zeroHolds ? anyOf([test, not({ op: 'exists', attribute })]) : test;
}

function between(
  attribute: Attribute,
  left: number | undefined,
  right: number | undefined,
  relation: Relation,
): Expression {
  if (left !== undefined && right !== undefined && relation.op === 'less_or_equal' && left <= right) {
    return { op: 'between', attribute, values: [left, right] };
  }
  return allOf([
    ...(left === undefined ? [] : [{ op: relation.mirrored, attribute, value: left }]),
    ...(right === undefined ? [] : [{ op: relation.op, attribute, value: right }]),
  ]);
}
