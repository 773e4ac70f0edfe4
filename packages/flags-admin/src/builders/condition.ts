// Conditions of rules and segments, as a tree of plain objects. Meaning of every operator: docs/spec/evaluation.md.
import type { Expression, JsonValue, TestExpression, TestOperator } from '@org/contract/model';

/** True when all are; of none, true. */
export const all = (...of: readonly Expression[]): Expression => ({ op: 'and', of });

/** True when one is; of none, false. */
export const any = (...of: readonly Expression[]): Expression => ({ op: 'or', of });

export const not = (of: Expression): Expression => ({ op: 'not', of });

/** True for the units of a segment. */
export const inSegment = (key: string): Expression => ({ op: 'segment', key });

/** Where an attribute is read from. */
export interface AttributeOptions {
  /** The kind of context. Left out: user. */
  readonly kind?: string;
  /** The literals are sensitive: browsers get salted hashes of them. `equals` and `in` only. */
  readonly sensitive?: boolean;
}

type Scalar = string | number | boolean;

/** The tests of one attribute: a method for each operator. */
export interface AttributeTests {
  /** Any operator by its name in the contract. */
  test(
    op: TestExpression['op'],
    operands?: { readonly value?: JsonValue } | { readonly values?: readonly JsonValue[] },
  ): Expression;
  equals(value: Scalar | null): Expression;
  /** Named `in` in the document. */
  isIn(...values: readonly Scalar[]): Expression;
  greater(value: number): Expression;
  greaterOrEqual(value: number): Expression;
  less(value: number): Expression;
  lessOrEqual(value: number): Expression;
  /** Both ends belong. */
  between(low: number, high: number): Expression;
  contains(...texts: readonly string[]): Expression;
  startsWith(...texts: readonly string[]): Expression;
  endsWith(...texts: readonly string[]): Expression;
  exists(): Expression;
}

/** The method of each operator. An operator without a row is a type error. */
export const methodOf = {
  equals: 'equals',
  in: 'isIn',
  greater: 'greater',
  greater_or_equal: 'greaterOrEqual',
  less: 'less',
  less_or_equal: 'lessOrEqual',
  between: 'between',
  contains: 'contains',
  starts_with: 'startsWith',
  ends_with: 'endsWith',
  exists: 'exists',
} as const satisfies Record<TestOperator, keyof AttributeTests>;

/**
 * An attribute of the context: a top-level name, or the names that lead to a nested one.
 * `attribute('country').isIn('DE', 'AT')`, `attribute(['address', 'city']).equals('Wien')`
 */
export function attribute(name: string | readonly string[], options: AttributeOptions = {}): AttributeTests {
  const test: AttributeTests['test'] = (op, operands = {}) => ({
    op,
    attribute: name,
    ...options,
    ...operands,
  });
  const one =
    (op: TestOperator) =>
    (value: JsonValue): Expression =>
      test(op, { value });
  const some =
    (op: TestOperator) =>
    (...values: readonly JsonValue[]): Expression =>
      test(op, { values });
  return {
    test,
    equals: one('equals'),
    isIn: some('in'),
    greater: one('greater'),
    greaterOrEqual: one('greater_or_equal'),
    less: one('less'),
    lessOrEqual: one('less_or_equal'),
    between: some('between'),
    contains: some('contains'),
    startsWith: some('starts_with'),
    endsWith: some('ends_with'),
    exists: () => test('exists'),
  };
}
