// Conditions of rules and segments, as a tree of plain objects. Meaning of every operator: docs/spec/evaluation.md.
import type {
  Expression,
  JsonValue,
  NegatedOperator,
  PlainOperator,
  RelativeInstant,
  TestExpression,
} from '@org/contract/model';

/** True when all are; of none, true. */
export const all = (...of: readonly Expression[]): Expression => ({ op: 'and', of });

/** True when one is; of none, false. */
export const any = (...of: readonly Expression[]): Expression => ({ op: 'or', of });

export const not = (of: Expression): Expression => ({ op: 'not', of });

/** True for the units of a segment. */
export const inSegment = (key: string): Expression => ({ op: 'segment', key });

/** How an attribute is read and compared. */
export interface AttributeOptions {
  /** The kind of context. Left out: user. */
  readonly kind?: string;
  /** Texts are compared without regard to case, by the operators that can. */
  readonly ignoreCase?: boolean;
  /** The literals are sensitive: browsers get salted hashes of them. `equals`, `in` and their negations only. */
  readonly sensitive?: boolean;
}

type Scalar = string | number | boolean;

/** The tests that have a negation: true where the attribute exists and the test is false. */
export interface NegatableTests {
  equals(value: Scalar | null): Expression;
  /** The operator `in`. */
  isIn(...values: readonly Scalar[]): Expression;
  exists(): Expression;
  /** Both ends belong. */
  between(low: number, high: number): Expression;
  /** Leaves the remainder when it is divided. */
  modulo(divisor: number, remainder: number): Expression;
  /** One of the texts is part of it. */
  contains(...texts: readonly string[]): Expression;
  startsWith(...texts: readonly string[]): Expression;
  endsWith(...texts: readonly string[]): Expression;
  /** A pattern of the portable, linear subset of regular expressions. */
  matches(pattern: string): Expression;
  semverEquals(version: string): Expression;
  /** E.g. `^1.2 || >=3.0.0 <3.4.0`. */
  semverInRange(range: string): Expression;
  /** Addresses and blocks, e.g. `10.0.0.0/8`. */
  ipInRange(...blocks: readonly string[]): Expression;
  /** A list that holds one of these. */
  containsAny(...values: readonly Scalar[]): Expression;
  /** A list that holds all of these. */
  containsAll(...values: readonly Scalar[]): Expression;
}

/** The tests of one attribute: a method for each operator. */
export interface AttributeTests extends NegatableTests {
  /** The negations. */
  readonly not: NegatableTests;
  greater(value: number): Expression;
  greaterOrEqual(value: number): Expression;
  less(value: number): Expression;
  lessOrEqual(value: number): Expression;
  /** RFC 3339, or relative to the time of the evaluation: `{ ago: 'P30D' }`. */
  before(instant: string | RelativeInstant): Expression;
  after(instant: string | RelativeInstant): Expression;
  semverGreater(version: string): Expression;
  semverGreaterOrEqual(version: string): Expression;
  semverLess(version: string): Expression;
  semverLessOrEqual(version: string): Expression;
  /** A percentage of the units by hash, in steps of 0.001. Other salts choose other units. */
  inPercentage(percent: number, salt: string): Expression;
  /** Any operator by its name in the contract, with its members. */
  test(op: TestExpression['op'], members?: Omit<TestExpression, 'op' | 'attribute'>): Expression;
}

/** The method of each operator. An operator without a row is a type error. */
export const methodOf = {
  equals: 'equals',
  in: 'isIn',
  exists: 'exists',
  greater: 'greater',
  greater_or_equal: 'greaterOrEqual',
  less: 'less',
  less_or_equal: 'lessOrEqual',
  between: 'between',
  modulo: 'modulo',
  contains: 'contains',
  starts_with: 'startsWith',
  ends_with: 'endsWith',
  matches: 'matches',
  before: 'before',
  after: 'after',
  semver_equals: 'semverEquals',
  semver_greater: 'semverGreater',
  semver_greater_or_equal: 'semverGreaterOrEqual',
  semver_less: 'semverLess',
  semver_less_or_equal: 'semverLessOrEqual',
  semver_in_range: 'semverInRange',
  ip_in_range: 'ipInRange',
  contains_any: 'containsAny',
  contains_all: 'containsAll',
  percentage: 'inPercentage',
} as const satisfies Record<PlainOperator, keyof AttributeTests>;

type Negatable = NegatedOperator extends `not_${infer Op}` ? Op : never;
type Make = (op: PlainOperator) => (members: Omit<TestExpression, 'op' | 'attribute'>) => Expression;

/**
 * An attribute of the context: a top-level name, or the names that lead to a nested one.
 * `attribute('country').isIn('DE', 'AT')`, `attribute(['address', 'city']).not.equals('Wien')`
 */
export function attribute(name: string | readonly string[], options: AttributeOptions = {}): AttributeTests {
  const test: AttributeTests['test'] = (op, members = {}) => ({
    op,
    attribute: name,
    ...options,
    ...members,
  });
  const plain: Make = (op) => (members) => test(op, members);
  const negated: Make = (op) => (members) => test(`not_${op}`, members);
  const one = (op: PlainOperator) => (value: JsonValue | RelativeInstant) => plain(op)({ value });
  return {
    ...negatableTests(plain),
    not: negatableTests(negated),
    greater: one('greater'),
    greaterOrEqual: one('greater_or_equal'),
    less: one('less'),
    lessOrEqual: one('less_or_equal'),
    before: one('before'),
    after: one('after'),
    semverGreater: one('semver_greater'),
    semverGreaterOrEqual: one('semver_greater_or_equal'),
    semverLess: one('semver_less'),
    semverLessOrEqual: one('semver_less_or_equal'),
    inPercentage: (value, salt) => test('percentage', { value, salt }),
    test,
  };
}

function negatableTests(make: Make): NegatableTests {
  const one = (op: Negatable) => (value: JsonValue) => make(op)({ value });
  const some =
    (op: Negatable) =>
    (...values: readonly JsonValue[]) =>
      make(op)({ values });
  return {
    equals: one('equals'),
    isIn: some('in'),
    exists: () => make('exists')({}),
    between: some('between'),
    modulo: some('modulo'),
    contains: some('contains'),
    startsWith: some('starts_with'),
    endsWith: some('ends_with'),
    matches: one('matches'),
    semverEquals: one('semver_equals'),
    semverInRange: one('semver_in_range'),
    ipInRange: some('ip_in_range'),
    containsAny: some('contains_any'),
    containsAll: some('contains_all'),
  };
}
