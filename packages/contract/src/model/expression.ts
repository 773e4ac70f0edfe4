// The one expression tree of targeting: authored as JSON, checked at commit, compiled by the evaluator.
// Meaning of every operator: docs/spec/evaluation.md. Holds no logic.
import type { JsonValue } from './json.ts';

export type Expression =
  AndExpression | OrExpression | NotExpression | SegmentExpression | LogicExpression | TestExpression;

/** True when every operand is true; an empty list is true. */
export interface AndExpression {
  readonly op: 'and';
  readonly of: readonly Expression[];
}

/** True when an operand is true; an empty list is false. */
export interface OrExpression {
  readonly op: 'or';
  readonly of: readonly Expression[];
}

export interface NotExpression {
  readonly op: 'not';
  readonly of: Expression;
}

/** True when the context belongs to the segment. */
export interface SegmentExpression {
  readonly op: 'segment';
  readonly key: string;
}

/** True when what the JSONLogic tree answers is true (docs/spec/logic.md). Not for browsers. */
export interface LogicExpression {
  readonly op: 'logic';
  readonly logic: JsonValue;
}

/**
 * A test of one attribute. `attribute` is a top-level name (any text, never split), or a list of names that leads
 * into nested objects. `kind` is the context kind the attribute is read from, `user` when left out.
 * A missing attribute, or one of a type the operator does not take, makes the test false. An operator `not_…` is true
 * where the attribute exists (is neither missing nor null) and the operator without `not_` is false.
 */
export interface TestExpression {
  readonly op: TestOperator | (string & {});
  readonly attribute: string | readonly string[];
  readonly kind?: string;
  /** The operand of operators that take one value. */
  readonly value?: JsonValue | RelativeInstant;
  /** The operands of operators that take several. */
  readonly values?: readonly JsonValue[];
  /** Texts are compared without regard to case (simple lower-case mapping of every code point, in no locale). */
  readonly ignoreCase?: boolean;
  /** Of `percentage`: hashed ahead of the unit (docs/spec/bucketing.md). */
  readonly salt?: string;
  /** Set by the server only, in the view for browsers: `values` are salted hashes of the literals. */
  readonly hashed?: HashSalt;
  /** Marks the literals as sensitive: the view for browsers carries them as salted hashes. `equals`, `in` and their negations only. */
  readonly sensitive?: boolean;
}

/** The salt of hashed literals (docs/spec/wire.md, client view). */
export type HashSalt = string;

/** An operand of `before` and `after`: an ISO 8601 duration before or after the time of the evaluation. */
export type RelativeInstant = { readonly ago: string } | { readonly ahead: string };

/** The operators of this version. The evaluator's registry decides what exists; this union is for authors. */
export type TestOperator = PlainOperator | NegatedOperator;

/** The operators that are no negations. */
export type PlainOperator =
  | 'equals'
  | 'in'
  | 'exists'
  | 'greater'
  | 'greater_or_equal'
  | 'less'
  | 'less_or_equal'
  | 'between'
  | 'modulo'
  | 'contains'
  | 'starts_with'
  | 'ends_with'
  | 'matches'
  | 'before'
  | 'after'
  | 'semver_equals'
  | 'semver_greater'
  | 'semver_greater_or_equal'
  | 'semver_less'
  | 'semver_less_or_equal'
  | 'semver_in_range'
  | 'ip_in_range'
  | 'contains_any'
  | 'contains_all'
  | 'percentage';

/** The negations; what has none is negated by `not`. */
export type NegatedOperator =
  `not_${'equals' | 'in' | 'exists' | 'between' | 'modulo' | 'contains' | 'starts_with' | 'ends_with' | 'matches' | 'semver_equals' | 'semver_in_range' | 'ip_in_range' | 'contains_any' | 'contains_all'}`;
