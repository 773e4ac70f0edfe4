// The evaluator in few bytes of code, for browsers: it walks the documents instead of compiling them. Answers as the
// package's main entry does: the conformance vectors and a comparison on random documents show it. It relies on the
// server's check of documents at commit; a damaged one answers PARSE_ERROR where the damage is met. Never throws.
import type {
  EvaluationContext,
  EvaluationDetails,
  Flag,
  FlagType,
  JsonValue,
  Overlay,
} from '@org/contract/model';
import type { Evaluator, EvaluatorOptions, FlagHandle, Outcome } from '../types.ts';
import { createDecide, failure, overlayHash, type Answer } from './decide.ts';
import { createDocuments } from './documents.ts';
import { unreadable } from './read.ts';

/** The evaluator, whose documents can be looked at. */
export interface CompactEvaluator extends Evaluator {
  /** As it came, not trusted; undefined when there is none. */
  find(kind: string, key: string): unknown;
}

/** Makes an empty evaluator: every flag answers PROVIDER_NOT_READY until the first load. */
export const createEvaluator = (options: EvaluatorOptions = {}): CompactEvaluator => {
  const documents = createDocuments();
  const decide = createDecide(documents, options);
  const flagIds = new Map<string, number>();
  /** One for each answer of a flag; kept until something about the flag changes. */
  const outcomes = new Map<string, Outcome>();
  const counted: Outcome[] = [];
  let revision = -1;
  let outcomeIds = 0;
  let overrides: ReadonlyMap<string, JsonValue> | undefined;

  const answer = (flagKey: string, context: unknown, type?: string): Answer => {
    if (revision < 0) return failure('PROVIDER_NOT_READY');
    const flag = documents.find<Flag>('flag', flagKey);
    if (!flag) return failure('FLAG_NOT_FOUND');
    if (type && flag.type !== type) return failure('TYPE_MISMATCH');
    try {
      return decide(context, flagKey);
    } catch (error) {
      return failure(error === unreadable ? 'GENERAL' : 'PARSE_ERROR');
    }
  };

  const outcomeOf = (
    flagKey: string,
    [variant, reason, rule, hash, errorCode]: Answer,
    override?: JsonValue,
  ): Outcome => {
    const id = [flagKey, variant, reason, rule, errorCode].join('\n');
    let outcome = outcomes.get(id);
    if (!outcome) {
      flagIds.set(flagKey, flagIds.get(flagKey) ?? flagIds.size);
      outcome = {
        flagKey,
        value: override ?? documents.find<Flag>('flag', flagKey)?.variants?.[variant!],
        variant,
        reason,
        rule: rule || undefined,
        errorCode,
        revision: documents.revisionOf(flagKey),
        id: outcomeIds++,
        flagId: flagIds.get(flagKey),
        count: 0,
        excluded: rule === 'target' || override !== undefined,
        exposes: hash !== undefined,
      } as Outcome;
      outcomes.set(id, outcome);
    }
    return outcome;
  };

  const evaluate = (flagKey: string, context: EvaluationContext, type?: string): Outcome => {
    const override = overrides?.get(flagKey);
    const fits = !type || typeof override === type;
    let answered: Answer = fits ? [undefined, 'STATIC', 'override'] : failure('TYPE_MISMATCH');
    if (override === undefined) answered = answer(flagKey, context, type);
    const outcome = outcomeOf(flagKey, answered, fits ? override : undefined);
    if (!outcome.count++) counted.push(outcome);
    try {
      let [, , , hash] = answered;
      if (outcome.excluded) {
        // Somebody analyses the flag's exposures: the unit must be known as one that is kept out.
        const analysed = documents.overlaysOf(flagKey).find(({ document }) => (document as Overlay).report);
        hash = analysed && overlayHash(context, analysed);
      }
      if (hash !== undefined) options.onExposure?.(outcome, context, hash | 0);
    } catch {
      // Recording must not change an answer.
    }
    return outcome;
  };

  const handles =
    (type: FlagType) =>
    <T extends JsonValue>(key: string, defaultValue: T): FlagHandle<T> => {
      const details: FlagHandle<T>['details'] = (context) => {
        const outcome = evaluate(key, context, type);
        return (outcome.value === undefined
          ? { ...outcome, value: defaultValue }
          : outcome) as unknown as EvaluationDetails<T>;
      };
      return { key, defaultValue, details, get: (context) => details(context).value };
    };

  return {
    get revision() {
      return revision;
    },
    load(all, to) {
      documents.load(all);
      outcomes.clear();
      revision = to;
      return [];
    },
    apply(change) {
      documents.apply(change);
      for (const [id, outcome] of outcomes) {
        if (outcome.revision !== documents.revisionOf(outcome.flagKey)) outcomes.delete(id);
      }
      revision = change.revision;
      return [];
    },
    boolean: handles('boolean'),
    string: handles('string'),
    number: handles('number'),
    object: handles('object'),
    evaluate,
    find: documents.find,
    flagKeys: documents.flagKeys,
    drainCounts(visit) {
      for (const outcome of counted.splice(0)) {
        const { count } = outcome;
        outcome.count = 0;
        visit(outcome, count);
      }
    },
    setOverrides(values) {
      overrides = values;
      outcomes.clear();
    },
  };
};
