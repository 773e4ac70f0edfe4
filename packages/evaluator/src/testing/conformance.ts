// Reads the golden cases that all languages share. For tests only.
import { readFileSync } from 'node:fs';
import type { EvaluationContext, Expression, FlagType, JsonValue } from '@org/contract/model';
import type { EvaluatedDocument, Evaluator, FlagHandle } from '../types.ts';

/** One evaluation; no `value` in `expected`: the caller's default. */
export interface EvaluationCase {
  readonly name: string;
  readonly documents: readonly EvaluatedDocument[];
  readonly flag: string;
  readonly type?: FlagType;
  readonly context: EvaluationContext;
  readonly expected: {
    readonly value?: JsonValue;
    readonly reason: string;
    readonly [field: string]: unknown;
  };
}

/** Contexts for which an expression is true, or not. */
export interface ExpressionCases {
  readonly name: string;
  readonly when: Expression;
  readonly checks: readonly { readonly context: EvaluationContext; readonly matches: boolean }[];
}

/** An operand that is refused: where below the test, and by which rule. */
export interface Refusal {
  readonly name: string;
  readonly when: Expression;
  readonly path: string;
  readonly rule: string;
}

/** The golden cases of the operators, made by an independent implementation. */
export interface OperatorCases {
  /** The time for `clock`, in milliseconds since 1970. */
  readonly now: number;
  readonly expressions: readonly ExpressionCases[];
  readonly clock: readonly ExpressionCases[];
  readonly loneSurrogates: readonly ExpressionCases[];
  readonly refused: readonly Refusal[];
}

export type BucketingRow = readonly [salt: string, unit: string, hash: number, total: number, bucket: number];

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../test/conformance/${name}`, import.meta.url), 'utf8'));

export const { cases, expressions } = read('evaluation.json') as {
  readonly cases: readonly EvaluationCase[];
  readonly expressions: readonly ExpressionCases[];
};

export const operatorCases = read('operators.json') as OperatorCases;

export const bucketing = read('bucketing.json') as { readonly rows: readonly BucketingRow[] };

/** The type an application would ask for, when the case does not say. */
export function typeOf({ type, flag, documents }: EvaluationCase): FlagType {
  const authored = documents.find(({ kind, key }) => kind === 'flag' && key === flag)?.document as
    { readonly type?: FlagType } | undefined;
  const known = ['boolean', 'string', 'number', 'object'] as const;
  return type ?? known.find((name) => name === authored?.type) ?? 'boolean';
}

/** A default that no flag of the cases serves. */
export function defaultOf(type: FlagType): JsonValue {
  return { boolean: false, string: 'the default', number: -99, object: { the: 'default' } }[type];
}

/** A handle of the type. */
export function handleOf(evaluator: Evaluator, key: string, type: FlagType): FlagHandle<JsonValue> {
  const value = defaultOf(type);
  if (type === 'boolean') return evaluator.boolean(key, value as boolean);
  if (type === 'string') return evaluator.string(key, value as string);
  return type === 'number' ? evaluator.number(key, value as number) : evaluator.object(key, value);
}

/** The fields of details that cases name. */
export function answerOf(details: object): object {
  const { value, variant, reason, rule, revision, errorCode } = details as Record<string, unknown>;
  const answer = { value, variant, reason, rule, revision, errorCode };
  return Object.fromEntries(Object.entries(answer).filter(([, field]) => field !== undefined));
}
