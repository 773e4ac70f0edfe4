// What an application holds of a flag. The hot path of the product: every load, branch and call here is paid by everybody.
import type { EvaluationContext, EvaluationDetails, JsonValue } from '@org/contract/model';
import type { FlagView } from './flag-node.ts';
import type { OutcomeRecord } from './outcome.ts';
import type { FlagHandle, Outcome } from './types.ts';

export type Expose = (outcome: OutcomeRecord, context: EvaluationContext) => void;

/** Details made for the caller's default are kept, up to this many; few flags have more than two such outcomes. */
const keptDetailsMax = 16;

/** A flag of one type. */
export class Handle<T extends JsonValue> implements FlagHandle<T> {
  readonly key: string;
  readonly defaultValue: T;
  readonly #view: FlagView;
  readonly #expose: Expose | undefined;
  #details: Map<Outcome, EvaluationDetails<T>> | undefined = undefined;

  constructor(key: string, defaultValue: T, view: FlagView, expose: Expose | undefined) {
    this.key = key;
    this.defaultValue = defaultValue;
    this.#view = view;
    this.#expose = expose;
  }

  get(context: EvaluationContext): T {
    const { value } = this.evaluate(context);
    return value === undefined ? this.defaultValue : (value as T);
  }

  details(context: EvaluationContext): EvaluationDetails<T> {
    const outcome = this.evaluate(context);
    if (outcome.value === undefined) return this.#withDefault(outcome);
    // A view runs programs of its own type only, so the value is a T.
    return (outcome.details ??= detailsOf(outcome, outcome.value)) as EvaluationDetails<T>;
  }

  evaluate(context: EvaluationContext): OutcomeRecord {
    const view = this.#view;
    let outcome = view.constant;
    if (outcome === undefined) {
      try {
        outcome = view.first.evaluate(context);
      } catch {
        outcome = view.fail();
      }
    }
    outcome.count++;
    // Compared with true: of a field that could hold anything, engines ask five questions.
    if (outcome.exposes === true && this.#expose !== undefined) this.#expose(outcome, context);
    return outcome;
  }

  #withDefault(outcome: Outcome): EvaluationDetails<T> {
    const kept = this.#details?.get(outcome);
    if (kept !== undefined) return kept;
    const details = detailsOf(outcome, this.defaultValue);
    if (this.#details === undefined || this.#details.size >= keptDetailsMax) this.#details = new Map();
    this.#details.set(outcome, details);
    return details;
  }
}

/** The plain, frozen details of an outcome, with another value in its place. */
export function detailsOf<T>(outcome: Outcome, value: T): EvaluationDetails<T> {
  const { flagKey, variant, reason, rule, revision, errorCode, errorMessage } = outcome;
  return Object.freeze({
    ...{ flagKey, value, reason, revision },
    ...(variant === undefined ? {} : { variant }),
    ...(rule === undefined ? {} : { rule }),
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(errorMessage === undefined ? {} : { errorMessage }),
  });
}
