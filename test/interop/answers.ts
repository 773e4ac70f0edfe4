// Answers of our evaluator and of flagd's in one shape, so that tests can compare them.
import type { EvaluationContext } from '@org/contract/model';
import { checkDocument, createEvaluator, type Evaluator } from '@org/evaluator';
import { jsonLogic } from '@org/evaluator/logic';
import type { RawAnswer } from './real-flagd.ts';

/** A document to load. */
export interface Loaded {
  readonly kind: string;
  readonly key: string;
  readonly document: unknown;
}

/** What both are asked for. Absent members are undefined. */
export interface Answer {
  readonly value: unknown;
  readonly variant: string | undefined;
  readonly reason: string;
  readonly error: string | undefined;
}

/** The time that our evaluator is told, in milliseconds. */
const now = () => 1_800_000_000_000;

/** An evaluator with the documents, which must all be right. @throws naming the problems */
export function evaluatorOf(documents: readonly Loaded[]): Evaluator {
  const evaluator = createEvaluator({ logic: jsonLogic, now });
  const problems = [
    ...documents.flatMap(({ kind, key, document }) =>
      checkDocument(kind, key, document, { logic: jsonLogic }),
    ),
    ...evaluator.load(
      documents.map((document) => ({ ...document, revision: 1 })),
      1,
    ),
  ];
  if (problems.length > 0) throw new Error(JSON.stringify(problems.slice(0, 5)));
  return evaluator;
}

/** Our answer. flagd says TARGETING_MATCH for splits, too. */
export function ours(evaluator: Evaluator, key: string, context: object): Answer {
  const { value, variant, reason, errorCode } = evaluator.evaluate(key, context as EvaluationContext);
  return { value, variant, reason: reason === 'SPLIT' ? 'TARGETING_MATCH' : reason, error: errorCode };
}

/** flagd's answer. FALLBACK is its name for DEFAULT without a value. */
export function flagds({ value, variant, reason, error }: RawAnswer): Answer {
  return {
    value: value ?? undefined,
    variant: variant === '' ? undefined : variant,
    reason: reason === 'FALLBACK' ? 'DEFAULT' : reason,
    error: error === '' ? undefined : error,
  };
}
