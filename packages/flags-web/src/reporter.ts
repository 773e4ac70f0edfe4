// Tells what happened on the page: exposures, evaluation counts, tracked metrics. Nothing here may throw into the application.
import type { EvaluationContext, Overlay } from '@org/contract/model';
import {
  readAttribute,
  readUnit,
  type CompactEvaluator,
  type EvaluatorOptions,
} from '@org/evaluator/compact';
import type { Api } from './api.ts';
import { createBatches } from './batches.ts';
import type { Tell } from './hooks.ts';
import { intervalMs, reportedCharsMax, seenMax } from './limits.ts';
import type { Client } from './types.ts';

export interface Reporter extends Pick<Client, 'track' | 'flush' | 'close'> {
  readonly expose: NonNullable<EvaluatorOptions['onExposure']>;
  /** The page is hidden or ends: hands everything to the browser. */
  leave(): void;
}

/** `evaluator` and `context` are asked when there is something to tell. */
export const createReporter = (
  api: Api,
  instanceId: string,
  evaluator: () => CompactEvaluator,
  context: () => EvaluationContext,
  tell: Tell,
): Reporter => {
  /** What a unit of a flag saw last: what goes on alike is told once, A then B then A three times. */
  const seen = new Map<number, number>();
  let countedMs = Date.now();
  const batches = createBatches(api, instanceId, () => {
    const fromMs = countedMs;
    countedMs = Date.now();
    evaluator().drainCounts(({ flagKey, variant, reason, rule, revision, errorCode }, count) =>
      batches.add('evaluationCount', { flagKey, variant, reason, rule, revision, errorCode, count, fromMs }),
    );
  });
  const timer = setInterval(() => void batches.flush(), intervalMs * (0.8 + 0.4 * Math.random()));

  return {
    expose({ flagId, id, flagKey, variant = '', rule = '', revision, excluded }, given, unitHash) {
      const unit = flagId * 2 ** 32 + unitHash;
      if (seen.get(unit) === id) return;
      // An exposure too many does no harm.
      if (seen.size >= seenMax) seen.clear();
      seen.set(unit, id);
      const exposure = { flagKey, variant, rule, revision, excluded };
      const overlay = evaluator().find('overlay', rule.slice(8)) as Overlay | undefined;
      batches.add('exposure', { ...exposure, units: unitsOf(given), attributes: reportedOf(given, overlay) });
      tell('onExposure', exposure, given);
    },
    track(name, options) {
      const { value, attributes } = options ?? {};
      batches.add('metric', {
        name,
        // What is no number makes no JSON: the event is counted as invalid.
        value: Number.isFinite(value ?? 0) ? value : 0n,
        attributes,
        units: unitsOf(context()),
        revision: Math.max(0, evaluator().revision),
      });
    },
    ...batches,
    close() {
      clearInterval(timer);
      return batches.flush();
    },
  };
};

const collect = <Name extends string>(names: readonly Name[], read: (name: Name) => unknown): object =>
  Object.fromEntries(names.map((name) => [name, read(name)]));

/** Of the context what the overlay reports, and nothing else: texts, numbers and booleans. */
const reportedOf = (context: EvaluationContext, overlay?: Overlay): object | undefined =>
  overlay?.report &&
  collect(overlay.report, (name) => {
    const value = readAttribute(context, name, overlay.kind);
    if (typeof value === 'string') return value.slice(0, reportedCharsMax);
    return Number.isFinite(value) || typeof value === 'boolean' ? value : undefined;
  });

/** Unit keys by context kind. Looks at nothing but targeting keys. */
const unitsOf = (context: EvaluationContext): object => {
  try {
    const kinds = context.kind === 'multi' ? Object.keys(context) : [context.kind ?? 'user'];
    // Kinds without one are left out of the JSON.
    return collect(kinds, (kind) => readUnit(context, undefined, kind));
  } catch {
    return {};
  }
};
