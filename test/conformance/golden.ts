// Reads the golden cases of operators.json for the tests that ask running systems.
import { readFileSync } from 'node:fs';
import type { EvaluationContext, Expression } from '@org/contract/model';

/** A condition, and contexts for which it holds or not. */
export interface ExpressionGroup {
  readonly name: string;
  readonly when: Expression;
  readonly checks: readonly { readonly context: EvaluationContext; readonly matches: boolean }[];
}

/** An operand that a core refuses. */
export interface Refusal {
  readonly name: string;
  readonly when: Expression;
  readonly path: string;
  readonly rule: string;
}

/** One question to a running system: whether the group's flag is true for the context. */
export interface Question {
  readonly flag: string;
  readonly context: EvaluationContext;
  readonly matches: boolean;
}

export const golden = JSON.parse(readFileSync(new URL('operators.json', import.meta.url), 'utf8')) as {
  readonly now: number;
  readonly expressions: readonly ExpressionGroup[];
  readonly clock: readonly ExpressionGroup[];
  readonly loneSurrogates: readonly ExpressionGroup[];
  readonly refused: readonly Refusal[];
};

/** A flag that is true where the condition holds. */
export const flagWhen = (when: Expression): object => ({
  type: 'boolean',
  enabled: true,
  variants: { on: true, off: false },
  rules: [{ id: 'r', when, serve: { variant: 'on' } }],
  default: { variant: 'off' },
});

/** The flags of the groups by key. */
export const flags: ReadonlyMap<string, object> = new Map(
  golden.expressions.map(({ when }, index) => [`f-${index}`, flagWhen(when)]),
);

/** The questions whose contexts every protocol can carry: objects. */
export const questions: readonly Question[] = golden.expressions.flatMap(({ checks }, index) =>
  checks
    .filter(({ context }) => typeof context === 'object' && context !== null && !Array.isArray(context))
    .map((check) => ({ flag: `f-${index}`, ...check })),
);
