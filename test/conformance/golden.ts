// The golden cases of operators.json as questions to running systems.
import type { EvaluationContext, Expression } from '@org/contract/model';
import { operatorCases as golden } from '@org/evaluator/conformance';

export { golden };

/** One question to a running system: whether the group's flag is true for the context. */
export interface Question {
  readonly flag: string;
  readonly context: EvaluationContext;
  readonly matches: boolean;
}

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
