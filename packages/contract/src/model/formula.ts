// Arithmetic in the one expression tree: formulas, and conditions that compare them. Configuration only; meaning of
// every operator: docs/spec/configuration.md. Holds no logic.
import type { Expression } from './expression.ts';

/** A number, or how it is computed. Durations count in milliseconds. */
export type Formula = number | ParameterFormula | AttributeFormula | ArithmeticFormula | ChoiceFormula;

/** The value of a number, integer, duration or formula parameter of the same config. */
export interface ParameterFormula {
  readonly op: 'parameter';
  /** Its path, e.g. "discount.max". */
  readonly name: string;
}

/** A numeric attribute of the context. */
export interface AttributeFormula {
  readonly op: 'attribute';
  readonly attribute: string | readonly string[];
  readonly kind?: string;
  /** Where it is missing or no number. Left out: the formula has no result. */
  readonly otherwise?: number;
}

/**
 * - `add`, `multiply`, `min`, `max`: of one operand or more.
 * - `subtract`, `divide`: of two.
 * - `abs`: of one.
 * - `round`: of one, to the nearest integer; of two, to the nearest multiple of the second. Halves go up.
 * - `clamp`: of three, the first pulled into the second to the third.
 */
export interface ArithmeticFormula {
  readonly op: ArithmeticOperator;
  readonly of: readonly Formula[];
}
export type ArithmeticOperator =
  'add' | 'subtract' | 'multiply' | 'divide' | 'min' | 'max' | 'abs' | 'round' | 'clamp';

export interface ChoiceFormula {
  readonly op: 'if';
  readonly when: ConfigCondition;
  readonly then: Formula;
  readonly else: Formula;
}

/** An expression whose parts may also compare formulas. */
export type ConfigCondition =
  | Expression
  | CompareExpression
  | { readonly op: 'and' | 'or'; readonly of: readonly ConfigCondition[] }
  | { readonly op: 'not'; readonly of: ConfigCondition };

/** False where one of the formulas has no result. */
export interface CompareExpression {
  readonly op: 'compare';
  readonly left: Formula;
  readonly is: Comparison;
  readonly right: Formula;
}
export type Comparison = 'equal' | 'not_equal' | 'greater' | 'greater_or_equal' | 'less' | 'less_or_equal';
