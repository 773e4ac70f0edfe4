// Formulas and conditions of a config as functions. What has no result is NaN, and what is compared with it is false; nothing
// here throws, whatever the document holds.
import { attributesOf, compileRead, isAttributeName } from '../attributes.ts';
import { isRecord, own, ownList, type UntrustedRecord } from '../untrusted.ts';
import { configLimits } from './limits.ts';

/** What formulas read: the values of one config, as numbers. */
export interface Numbers {
  /** A number, integer, duration (ms) or formula parameter; NaN for anything else. */
  numberAt(path: string, context: unknown): number;
}

export type RunFormula = (context: unknown, numbers: Numbers) => number;
export type RunCondition = (context: unknown, numbers: Numbers) => boolean;

/** Finds the compiled form of an expression without comparisons of formulas; undefined: it is never true. */
export type FindExpression = (expression: UntrustedRecord) => ((context: unknown) => boolean) | undefined;

interface Scope {
  readonly find: FindExpression;
  nodes: number;
}

const none: RunFormula = () => NaN;
const never: RunCondition = () => false;

/** Compiles a formula. What it cannot read has no result. */
export function compileFormula(formula: unknown, find: FindExpression): RunFormula {
  return compileNode(formula, { find, nodes: 0 }, 1);
}

/** Compiles a condition. What it cannot read is false. */
export function compileCondition(condition: unknown, find: FindExpression): RunCondition {
  return conditionOf(condition, { find, nodes: 0 }, 1);
}

const isTooLarge = (scope: Scope, depth: number): boolean =>
  ++scope.nodes > configLimits.formulaNodesMax || depth > configLimits.expressionDepthMax;

function compileNode(formula: unknown, scope: Scope, depth: number): RunFormula {
  if (isTooLarge(scope, depth)) return none;
  if (typeof formula === 'number') return () => formula;
  if (!isRecord(formula)) return none;
  const op = own(formula, 'op');
  if (op === 'parameter') return parameterOf(own(formula, 'name'));
  if (op === 'attribute') return attributeOf(formula);
  if (op === 'if') {
    const when = conditionOf(own(formula, 'when'), scope, depth + 1);
    const then = compileNode(own(formula, 'then'), scope, depth + 1);
    const otherwise = compileNode(own(formula, 'else'), scope, depth + 1);
    return (context, numbers) => (when(context, numbers) ? then : otherwise)(context, numbers);
  }
  const operands = ownList(formula, 'of').map((operand) => compileNode(operand, scope, depth + 1));
  return arithmeticOf(op, operands);
}

const parameterOf = (name: unknown): RunFormula =>
  typeof name === 'string' ? (context, numbers) => numbers.numberAt(name, context) : none;

function attributeOf(formula: UntrustedRecord): RunFormula {
  const attribute = own(formula, 'attribute');
  const kind = own(formula, 'kind');
  const otherwise = own(formula, 'otherwise');
  if (!isAttributeName(attribute) || (kind !== undefined && typeof kind !== 'string')) return none;
  const read = compileRead(attribute, kind);
  const missing = typeof otherwise === 'number' ? otherwise : NaN;
  return (context) => {
    const value = read(attributesOf(context, 'user'), context, true);
    return typeof value === 'number' && Number.isFinite(value) ? value : missing;
  };
}

function arithmeticOf(op: unknown, operands: readonly RunFormula[]): RunFormula {
  const [first = none, second = none, third = none] = operands;
  const fold =
    (combine: (a: number, b: number) => number): RunFormula =>
    (context, numbers) => {
      let result = first(context, numbers);
      for (let i = 1; i < operands.length; i++) result = combine(result, operands[i]!(context, numbers));
      return result;
    };
  switch (op) {
    case 'add':
      return fold((a, b) => a + b);
    case 'multiply':
      return fold((a, b) => a * b);
    case 'min':
      return fold(Math.min);
    case 'max':
      return fold(Math.max);
    case 'subtract':
      return (context, numbers) => first(context, numbers) - second(context, numbers);
    case 'divide':
      return (context, numbers) => finite(first(context, numbers) / second(context, numbers));
    case 'abs':
      return (context, numbers) => Math.abs(first(context, numbers));
    case 'round':
      return roundOf(first, operands.length > 1 ? second : () => 1);
    case 'clamp':
      return (context, numbers) =>
        Math.min(Math.max(first(context, numbers), second(context, numbers)), third(context, numbers));
    default:
      return none;
  }
}

/** A division by zero has no result, and must not look like one after `min` or a comparison. */
const finite = (value: number): number => (Number.isFinite(value) ? value : NaN);

const roundOf =
  (of: RunFormula, multipleOf: RunFormula): RunFormula =>
  (context, numbers) => {
    const step = multipleOf(context, numbers);
    return finite(Math.round(of(context, numbers) / step) * step);
  };

function conditionOf(condition: unknown, scope: Scope, depth: number): RunCondition {
  if (isTooLarge(scope, depth) || !isRecord(condition)) return never;
  if (!comparesFormulas(condition)) {
    const test = scope.find(condition);
    return test === undefined ? never : (context) => test(context);
  }
  const op = own(condition, 'op');
  if (op === 'compare') return comparisonOf(condition, scope, depth);
  if (op === 'not') {
    const inner = conditionOf(own(condition, 'of'), scope, depth + 1);
    return (context, numbers) => !inner(context, numbers);
  }
  const parts = ownList(condition, 'of').map((part) => conditionOf(part, scope, depth + 1));
  const decisive = op === 'or';
  return (context, numbers) => {
    for (let i = 0; i < parts.length; i++) if (parts[i]!(context, numbers) === decisive) return decisive;
    return !decisive;
  };
}

function comparisonOf(condition: UntrustedRecord, scope: Scope, depth: number): RunCondition {
  const left = compileNode(own(condition, 'left'), scope, depth + 1);
  const right = compileNode(own(condition, 'right'), scope, depth + 1);
  const is = own(condition, 'is');
  const compare = typeof is === 'string' && Object.hasOwn(comparisons, is) ? comparisons[is] : undefined;
  if (compare === undefined) return never;
  return (context, numbers) => {
    const a = left(context, numbers);
    const b = right(context, numbers);
    return !Number.isNaN(a) && !Number.isNaN(b) && compare(a, b);
  };
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  equal: (a, b) => a === b,
  not_equal: (a, b) => a !== b,
  greater: (a, b) => a > b,
  greater_or_equal: (a, b) => a >= b,
  less: (a, b) => a < b,
  less_or_equal: (a, b) => a <= b,
};

/** Whether it is a tree of and, or, not that holds a comparison of formulas; else the evaluator knows all of it. */
export function comparesFormulas(condition: unknown, depth = 1): boolean {
  if (!isRecord(condition) || depth > configLimits.expressionDepthMax) return false;
  const op = own(condition, 'op');
  if (op === 'compare') return true;
  const of = own(condition, 'of');
  if (op === 'not') return comparesFormulas(of, depth + 1);
  return (
    (op === 'and' || op === 'or') && Array.isArray(of) && of.some((part) => comparesFormulas(part, depth + 1))
  );
}

/** Visits the expressions without comparisons that a condition is made of: what `FindExpression` will be asked for. */
export function eachExpression(
  condition: unknown,
  visit: (expression: UntrustedRecord, path: readonly (string | number)[]) => void,
  path: readonly (string | number)[] = [],
  depth = 1,
): void {
  if (!isRecord(condition) || depth > configLimits.expressionDepthMax) return;
  const op = own(condition, 'op');
  if (!comparesFormulas(condition)) return visit(condition, path);
  if (op === 'compare') {
    for (const side of ['left', 'right'])
      eachFormulaExpression(own(condition, side), visit, [...path, side], depth + 1);
    return;
  }
  const of = own(condition, 'of');
  if (!Array.isArray(of)) return eachExpression(of, visit, [...path, 'of'], depth + 1);
  of.forEach((part, index) => eachExpression(part, visit, [...path, 'of', index], depth + 1));
}

/** The same for the conditions inside a formula. */
export function eachFormulaExpression(
  formula: unknown,
  visit: (expression: UntrustedRecord, path: readonly (string | number)[]) => void,
  path: readonly (string | number)[] = [],
  depth = 1,
): void {
  if (!isRecord(formula) || depth > configLimits.expressionDepthMax) return;
  if (own(formula, 'op') === 'if') {
    eachExpression(own(formula, 'when'), visit, [...path, 'when'], depth + 1);
    for (const branch of ['then', 'else'])
      eachFormulaExpression(own(formula, branch), visit, [...path, branch], depth + 1);
  }
  ownList(formula, 'of').forEach((operand, index) =>
    eachFormulaExpression(operand, visit, [...path, 'of', index], depth + 1),
  );
}

/** Visits the parameters that a formula or condition names. */
export function eachParameterName(
  node: unknown,
  visit: (name: unknown, path: readonly (string | number)[]) => void,
  path: readonly (string | number)[] = [],
  depth = 1,
): void {
  if (!isRecord(node) || depth > configLimits.expressionDepthMax * 2) return;
  if (own(node, 'op') === 'parameter') return visit(own(node, 'name'), [...path, 'name']);
  for (const member of ['when', 'then', 'else', 'left', 'right'])
    eachParameterName(own(node, member), visit, [...path, member], depth + 1);
  const of = own(node, 'of');
  if (!Array.isArray(of)) return eachParameterName(of, visit, [...path, 'of'], depth + 1);
  of.forEach((part, index) => eachParameterName(part, visit, [...path, 'of', index], depth + 1));
}
