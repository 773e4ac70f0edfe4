// Sends what happened on the page: exposures, evaluation counts, tracked metrics. A bounded queue; one batch under way,
// identical until the server has it, so that a repetition counts once. Nothing here may throw into an evaluation.
import type { EvaluationContext } from '@org/contract/model';
import { readUnit, type Evaluator, type EvaluatorOptions } from '@org/evaluator/compact';
import { createExposureFilter } from '@org/events';
import type { Api } from './api.ts';
import type { Client } from './types.ts';

export interface Reporter {
  readonly expose: NonNullable<EvaluatorOptions['onExposure']>;
  readonly track: Client['track'];
  flush(): Promise<void>;
  /** The page is hidden or ends: hands everything to the browser. */
  leave(): void;
  close(): Promise<void>;
}

/** Events waiting; further ones are dropped and counted. */
const waitingMax = 2_000;
/** A beacon takes 64 kB. */
const batchMax = 200;
const intervalMs = 10_000;
/** 12 bytes each. */
const filterSlots = 4_096;

/** `evaluator` and `context` are asked later, when there is something to tell. */
export const createReporter = (
  api: Api,
  instanceId: string,
  evaluator: () => Evaluator,
  context: () => EvaluationContext,
): Reporter => {
  const filter = createExposureFilter({ slots: filterSlots });
  let waiting: object[] = [];
  let dropped = 0;
  let sequence = 0;
  let batch: object | undefined;
  let sending: Promise<void> | undefined;
  let fromMs = Date.now();

  const add = (event: object): void => {
    if (waiting.length < waitingMax) waiting.push({ timeMs: Date.now(), ...event });
    else dropped++;
  };

  const count = (): void => {
    const since = fromMs;
    fromMs = Date.now();
    evaluator().drainCounts(({ flagKey, variant, reason, rule, revision: at, errorCode }, times) =>
      add({ evaluationCount: { flagKey, variant, reason, rule, revision: at, errorCode, count: times, fromMs: since } }),
    );
  };

  const nextBatch = (): object | undefined => {
    if (waiting.length + dropped === 0) return undefined;
    const drops = dropped && { dropped: { queue_full: dropped } };
    dropped = 0;
    return { instanceId, sequence: ++sequence, events: waiting.splice(0, batchMax), ...drops };
  };

  const send = async (): Promise<void> => {
    count();
    while ((batch ??= nextBatch())) {
      const { status } = await api.call('EventService/Record', batch);
      // Refused for good, but for "too many" and "later".
      if (status === 200 || (status >= 400 && status < 500 && status !== 429)) batch = undefined;
      else return;
    }
  };
  const flush = (): Promise<void> => (sending ??= send().finally(() => (sending = undefined)));
  const timer = setInterval(flush, intervalMs * (0.8 + 0.4 * Math.random()));

  return {
    expose({ flagId, id, flagKey, variant, rule, revision: at, excluded }, given, unitHash) {
      if (filter.isNew(flagId, unitHash, id)) add({ exposure: { flagKey, variant, rule, revision: at, units: unitsOf(given), excluded } });
    },
    track: (name, { value, attributes } = {}) => add({ metric: { name, value, attributes, units: unitsOf(context()), revision: Math.max(0, evaluator().revision) } }),
    flush,
    leave() {
      count();
      // Sent again when the page comes back: the server takes a batch once.
      while ((batch ??= nextBatch()) && api.beacon(batch)) if (waiting.length) batch = undefined; else return;
    },
    close() {
      clearInterval(timer);
      return flush();
    },
  };
};

/** Unit keys by context kind. Looks at nothing but targeting keys. */
const unitsOf = (context: EvaluationContext): Readonly<Record<string, string>> => {
  try {
    const kinds = context.kind === 'multi' ? Object.keys(context) : [context.kind ?? 'user'];
    return Object.fromEntries(kinds.map((kind) => [kind, readUnit(context, undefined, kind)!]).filter(([, unit]) => unit));
  } catch {
    return {};
  }
};
