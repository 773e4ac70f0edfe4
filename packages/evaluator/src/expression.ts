// Compiles an expression tree to one condition. Never throws: what is wrong is reported, and there is no condition then.
import {
  compileTest,
  isAttributeName,
  isUserKind,
  singleName,
  type Condition,
  type Predicate,
} from './attributes.ts';
import type { Findings } from './findings.ts';
import type { Digest } from './key-set.ts';
import { limits } from './limits.ts';
import type { MemberSet } from './lists/member-set.ts';
import { allOfLiterals } from './literal-tests.ts';
import { compileLogicCondition } from './logic-parts.ts';
import type { Logic, LogicSegment } from './logic-port.ts';
import { foldAttribute } from './operators/operands.ts';
import type { CompiledTest, Literal, OperatorPorts } from './operators/operator.ts';
import { operators } from './operators/registry.ts';
import { isRecord, nameIn, own, type UntrustedRecord } from './untrusted.ts';

/** What compiling an expression needs to know of the world around it. */
export interface ExpressionScope extends OperatorPorts {
  readonly findings: Findings;
  readonly digest: Digest | undefined;
  /** Absent where flags and segments have no logic. */
  readonly logic: Logic | undefined;
  /** The stable place of a segment's condition; undefined when there is no such segment or it does not compile. */
  readonly segment: (key: string) => LogicSegment | undefined;
  /** The members of a list; undefined when there is no such list or its members are not at hand. */
  readonly list: (key: string) => MemberSet | undefined;
  /** Expressions seen in the current tree so far. */
  nodes: number;
  /** Worst case of tests so far. */
  tests: number;
  /** Set when logic was met. */
  usesLogic?: boolean;
  /** True when only findings and the number of tests are wanted: what is costly to build is left out. */
  readonly isCheck?: boolean;
}

/** Where a segment's current condition stands; expressions hold the cell, a delta swaps what is in it. */
export interface SegmentCell {
  readonly test: Condition;
  readonly tests: number;
}

/** `attribute` is one of `literals`: what the index over attributes needs of an `equals` or `in`. */
export interface IndexableTest {
  readonly attribute: string;
  readonly literals: readonly Literal[];
}

/** A condition, and the tests it is made of when it is one indexable test or a conjunction with some. */
export interface CompiledExpression {
  readonly condition: Condition;
  /** The operands of the outermost `and`, or the expression itself. */
  readonly conjuncts: readonly Conjunct[];
}

export interface Conjunct {
  readonly condition: Condition;
  readonly indexable: IndexableTest | undefined;
}

/** Stands for a text that cannot be hashed: nothing equals it. */
const unhashed = {};
const always: Condition = () => true;
const never: Condition = () => false;

/** What stands for a sound expression that is only checked. */
const checked = { condition: never, conjuncts: [], indexable: undefined };

/** Undefined after something was reported. */
export function compileExpression(
  expression: unknown,
  scope: ExpressionScope,
): CompiledExpression | undefined {
  scope.nodes = 0;
  const conjunct = compileNode(expression, scope, 1);
  if (conjunct === undefined || conjunct === checked) return conjunct && checked;
  const { conjuncts = [conjunct], condition } = conjunct;
  return { condition, conjuncts };
}

interface CompiledNode extends Conjunct {
  readonly conjuncts?: readonly Conjunct[];
}

function compileNode(expression: unknown, scope: ExpressionScope, depth: number): CompiledNode | undefined {
  const { findings } = scope;
  if (!isRecord(expression)) return refuse(findings, 'expression');
  if (depth > limits.expressionDepthMax) return refuse(findings, 'expression_depth');
  if (++scope.nodes > limits.expressionNodesMax) return refuse(findings, 'expression_nodes');
  const op = own(expression, 'op');
  switch (op) {
    case 'and':
    case 'or':
      return compileList(op, own(expression, 'of'), scope, depth);
    case 'not':
      return compileNot(own(expression, 'of'), scope, depth);
    case 'segment':
      return compileSegmentTest(own(expression, 'key'), scope);
    case 'logic':
      return compileLogicTest(own(expression, 'logic'), scope);
    default:
      return compileAttributeTest(op, expression, scope);
  }
}

function compileList(
  op: 'and' | 'or',
  of: unknown,
  scope: ExpressionScope,
  depth: number,
): CompiledNode | undefined {
  if (!Array.isArray(of)) return refuse(scope.findings, 'expression_list', '', 'of');
  const parts: CompiledNode[] = [];
  scope.findings.enter('of');
  for (let i = 0; i < of.length; i++) {
    scope.findings.enter(i);
    const part = compileNode(of[i], scope, depth + 1);
    scope.findings.leave();
    if (part !== undefined) parts.push(part);
    else if (scope.nodes > limits.expressionNodesMax) break;
  }
  scope.findings.leave();
  if (parts.length !== of.length) return undefined;
  if (scope.isCheck === true) return checked;
  if (op === 'or') return { condition: anyOf(parts.map((part) => part.condition)), indexable: undefined };
  return { condition: conjunctionOf(parts), indexable: undefined, conjuncts: parts };
}

function compileNot(of: unknown, scope: ExpressionScope, depth: number): CompiledNode | undefined {
  scope.findings.enter('of');
  const part = compileNode(of, scope, depth + 1);
  scope.findings.leave();
  if (part === undefined) return undefined;
  return { condition: negated(part.condition), indexable: undefined };
}

function compileSegmentTest(key: unknown, scope: ExpressionScope): CompiledNode | undefined {
  if (typeof key !== 'string') return refuse(scope.findings, 'segment_key', '', 'key');
  const cell = scope.segment(key);
  if (cell === undefined) return refuse(scope.findings, 'unknown_segment', key, 'key');
  scope.tests += cell.tests;
  return { condition: (user, context, strict) => cell.test(user, context, strict), indexable: undefined };
}

function compileLogicTest(tree: unknown, scope: ExpressionScope): CompiledNode | undefined {
  const condition = compileLogicCondition(tree, scope);
  return condition && { condition, indexable: undefined };
}

function compileAttributeTest(
  op: unknown,
  test: UntrustedRecord,
  scope: ExpressionScope,
): CompiledNode | undefined {
  const { findings } = scope;
  const operator = typeof op === 'string' ? operators.get(op) : undefined;
  if (operator === undefined) return refuse(findings, 'unknown_operator', nameIn(op), 'op');
  const attribute = own(test, 'attribute');
  const kind = own(test, 'kind');
  const compiled = operator.compile(test, findings, scope);
  const hashed = own(test, 'hashed');
  if (!isAttributeName(attribute)) return refuse(findings, 'attribute', '', 'attribute');
  if (!isKind(kind)) return refuse(findings, 'context_kind', '', 'kind');
  if (compiled === undefined || !isHashable(test, compiled, findings)) return undefined;
  scope.tests += compiled.cost;
  if (scope.isCheck === true) return checked;
  const indexable = hashed === undefined ? indexableTest(attribute, kind, compiled) : undefined;
  if (indexable !== undefined) return { condition: allOfLiterals([indexable])!, indexable };
  const predicate =
    typeof hashed === 'string'
      ? digestFirst(compiled.predicate, hashed, own(test, 'ignoreCase') === true, scope.digest)
      : compiled.predicate;
  const condition = compileTest(attribute, kind, predicate);
  return { condition: compiled.isInverted ? negated(condition) : condition, indexable };
}

function negated(condition: Condition): Condition {
  return (user, context, strict) => !condition(user, context, strict);
}

/** What may name a context kind in a document: `multi` and `kind` have another meaning in contexts. */
export function isKind(kind: unknown): kind is string | undefined {
  return (
    kind === undefined || (typeof kind === 'string' && kind !== '' && kind !== 'multi' && kind !== 'kind')
  );
}

/** Sensitive literals travel to browsers as hashes; only an operator that compares for equality can use those. */
function isHashable(test: UntrustedRecord, compiled: CompiledTest, findings: Findings): boolean {
  const hashed = own(test, 'hashed');
  const sensitive = own(test, 'sensitive');
  if (hashed !== undefined && typeof hashed !== 'string') return findings.add('hashed', '', 'hashed');
  if (compiled.isHashable || (hashed === undefined && sensitive !== true)) return true;
  return findings.add('sensitive_operator', '', sensitive === true ? 'sensitive' : 'hashed');
}

/** Texts are compared by their salted hashes; numbers and booleans as they are (hashing so few values hides nothing). */
function digestFirst(
  predicate: Predicate,
  salt: string,
  ignoreCase: boolean,
  digest: Digest | undefined,
): Predicate {
  return (value) => {
    if (typeof value !== 'string') return predicate(value);
    const compared = ignoreCase ? foldAttribute(value) : value;
    return predicate(digest && typeof compared === 'string' ? digest(salt, compared) : unhashed);
  };
}

function indexableTest(
  attribute: string | readonly string[],
  kind: string | undefined,
  compiled: CompiledTest,
) {
  const name = singleName(attribute);
  const { literals } = compiled;
  if (name === undefined || name in Object.prototype || !isUserKind(kind) || literals === undefined)
    return undefined;
  return { attribute: name, literals };
}

function refuse(
  findings: Findings,
  rule: string,
  detail = '',
  ...below: readonly (string | number)[]
): undefined {
  findings.add(rule, detail, ...below);
  return undefined;
}

/** True when all parts are; those that ask for literals together, if there are not too many of them. */
export function conjunctionOf(parts: readonly Conjunct[]): Condition {
  const tests: IndexableTest[] = [];
  const others: Condition[] = [];
  for (const { indexable, condition } of parts) {
    if (indexable !== undefined) tests.push(indexable);
    else others.push(condition);
  }
  const literals = allOfLiterals(tests);
  if (literals === undefined) return allOf(parts.map((part) => part.condition));
  return others.length === 0 ? literals : allOf([literals, ...others]);
}

/** True when all conditions are. Short lists are unrolled: a loop costs more than the tests in it. */
function allOf(conditions: readonly Condition[]): Condition {
  const [a, b, c] = conditions;
  if (a === undefined) return always;
  if (b === undefined) return a;
  if (c === undefined) return (user, context, strict) => a(user, context, strict) && b(user, context, strict);
  if (conditions.length === 3) {
    return (user, context, strict) =>
      a(user, context, strict) && b(user, context, strict) && c(user, context, strict);
  }
  return (user, context, strict) => {
    for (let i = 0; i < conditions.length; i++) if (!conditions[i]!(user, context, strict)) return false;
    return true;
  };
}

function anyOf(conditions: readonly Condition[]): Condition {
  const [a, b] = conditions;
  if (a === undefined) return never;
  if (b === undefined) return a;
  if (conditions.length === 2)
    return (user, context, strict) => a(user, context, strict) || b(user, context, strict);
  return (user, context, strict) => {
    for (let i = 0; i < conditions.length; i++) if (conditions[i]!(user, context, strict)) return true;
    return false;
  };
}
