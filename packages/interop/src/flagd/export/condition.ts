// Turns an expression into JSONLogic that is truthy exactly when the expression is true. What JSONLogic would coerce is
// guarded by tests of the type, so that flagd answers as we do.
import { overlayBuckets, type Expression, type JsonValue, type TestExpression } from '@org/contract/model';
import { exportLogic } from './logic-tree.ts';
import { hasKnownMembers } from './known-members.ts';
import {
  allOf,
  anyOf,
  call,
  exportSalted,
  isInteger,
  isNumber,
  isOneOfTexts,
  isText,
  isUnit,
  variable,
  type Logic,
} from './logic.ts';
import { count, refuse, type ExportScope } from './scope.ts';
import { exportSegmentTest } from './segments.ts';

/** Undefined when JSONLogic cannot express it (reported). */
export function exportCondition(expression: Expression, scope: ExportScope): Logic | undefined {
  if (!count(scope)) return undefined;
  if (isList(expression)) {
    const of = exportAll(expression.of, scope);
    return of && (expression.op === 'and' ? allOf(of) : anyOf(of));
  }
  if (isNot(expression)) {
    const of = exportCondition(expression.of, scope);
    return of === undefined ? undefined : call('!', of);
  }
  if (isSegment(expression)) return exportSegmentTest(expression.key, scope);
  if (isLogic(expression)) return exportLogic(expression.logic, false, scope);
  return exportTest(expression, scope);
}

// A test's operator may be any text, so the type alone does not tell them apart.
const isList = (expression: Expression): expression is Extract<Expression, { readonly op: 'and' | 'or' }> =>
  expression.op === 'and' || expression.op === 'or';
const isNot = (expression: Expression): expression is Extract<Expression, { readonly op: 'not' }> =>
  expression.op === 'not';
const isSegment = (expression: Expression): expression is Extract<Expression, { readonly op: 'segment' }> =>
  expression.op === 'segment';
const isLogic = (expression: Expression): expression is Extract<Expression, { readonly op: 'logic' }> =>
  expression.op === 'logic';

function exportAll(of: readonly Expression[], scope: ExportScope): readonly Logic[] | undefined {
  const all = of.map((one) => exportCondition(one, scope));
  return all.every((one) => one !== undefined) ? all : undefined;
}

function exportTest(test: TestExpression, scope: ExportScope): Logic | undefined {
  if (!hasKnownMembers('test', test, scope)) return undefined;
  const isNegated = test.op.startsWith('not_');
  const write = tests.get(isNegated ? test.op.slice('not_'.length) : test.op);
  if (write === undefined) return refuse(scope, `flagd has no operator "${test.op}"`);
  const value = variable(test.attribute, test.kind, scope);
  const written = value === undefined ? undefined : write(value, test, scope);
  if (value === undefined || written === undefined || !isNegated) return written;
  // Negations are true for attributes that exist only; `exists` itself is the other way round.
  return test.op === 'not_exists'
    ? call('!', written)
    : allOf([call('!==', value, null), call('!', written)]);
}

type WriteTest = (value: Logic, test: TestExpression, scope: ExportScope) => Logic | undefined;

const equals: WriteTest = (value, { value: literal }, scope) =>
  literal === null || literal === undefined
    ? refuse(scope, 'flagd does not tell null from a missing attribute')
    : call('===', value, literal);

const isIn: WriteTest = (value, { values = [] }) => {
  const texts = values.filter((one) => typeof one === 'string');
  const numbers = values.filter((one) => typeof one === 'number');
  const booleans = values.filter((one) => typeof one === 'boolean');
  return anyOf([
    ...(texts.length > 0 ? [isOneOfTexts(value, texts)] : []),
    ...(numbers.length > 0 ? [call('in', value, numbers)] : []),
    ...booleans.map((one) => call('===', value, one)),
  ]);
};

const order =
  (op: string): WriteTest =>
  (value, { value: bound = null }) =>
    allOf([...isNumber(value), call(op, value, bound)]);

const between: WriteTest = (value, { values: [low = null, high = null] = [] }) =>
  allOf([...isNumber(value), call('<=', low, value, high)]);

const contains: WriteTest = (value, { values = [] }) =>
  allOf([isText(value), anyOf(values.map((text) => call('in', text, value)))]);

const affix =
  (op: string): WriteTest =>
  (value, { values = [] }) =>
    anyOf(values.map((text: JsonValue) => call(op, value, text)));

const modulo: WriteTest = (value, { values: [divisor, remainder] = [] }, scope) => {
  if (typeof divisor !== 'number' || typeof remainder !== 'number')
    return refuse(scope, 'a modulo is broken');
  const left = call('%', value, divisor);
  // The remainder of a negative number is negative in flagd; ours is not.
  const remainders = remainder === 0 ? [0] : [remainder, remainder - divisor];
  return allOf([...isInteger(value), anyOf(remainders.map((one) => call('===', left, one)))]);
};

const percentage: WriteTest = (value, { value: share, salt = '' }, scope) => {
  if (typeof share !== 'number') return refuse(scope, 'a percentage is broken');
  const unit = exportSalted(salt, salt, value, scope);
  const buckets = Math.round((share / 100) * overlayBuckets);
  const entries = [...(buckets > 0 ? [['in', buckets]] : []), ['out', overlayBuckets - buckets]];
  return unit && allOf([isUnit(value), call('===', { fractional: [unit, ...entries] }, 'in')]);
};

const exists: WriteTest = (value) => call('!==', value, null);

const tests: ReadonlyMap<string, WriteTest> = new Map([
  ['equals', equals],
  ['in', isIn],
  ['greater', order('>')],
  ['greater_or_equal', order('>=')],
  ['less', order('<')],
  ['less_or_equal', order('<=')],
  ['between', between],
  ['contains', contains],
  ['starts_with', affix('starts_with')],
  ['ends_with', affix('ends_with')],
  ['exists', exists],
  ['modulo', modulo],
  ['percentage', percentage],
]);
