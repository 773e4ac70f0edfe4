// Sends what happened on the page: exposures, evaluation counts, tracked metrics. A bounded queue; one batch under way,
// identical until the server has it, so that a repetition counts once. Nothing here may throw into the application.
import type { EvaluationContext } from '@org/contract/model';
import { readUnit, type Evaluator, type EvaluatorOptions } from '@org/evaluator/compact';
import { createExposureFilter } from '@org/events';
import type { Api } from './api.ts';
import type { Client } from './types.ts';

export interface Reporter extends Pick<Client, 'track' | 'flush' | 'close'> {
  readonly expose: NonNullable<EvaluatorOptions['onExposure']>;
  /** The page is hidden or ends: hands everything to the browser. */
  leave(): void;
}

/** Events waiting, and characters of one; what is beyond is dropped and counted. */
const waitingMax = 2_000;
const eventCharsMax = 8_192;
/** Of usual size they fit into a beacon, which takes 64 kB. */
const batchMax = 100;
/** Also the wait before a batch is sent again: spread, and the same for ever. */
const intervalMs = 10_000;
/** 12 bytes each. */
const filterSlots = 4_096;

/** `evaluator` and `context` are asked when there is something to tell. */
export const createReporter = (
  api: Api,
  instanceId: string,
  evaluator: () => Evaluator,
  context: () => EvaluationContext,
): Reporter => {
  const filter = createExposureFilter({ slots: filterSlots });
  const waiting: string[] = [];
  let dropped = 0;
  let sequence = 0;
  let sending: string[] = [];
  let batch: object | undefined;
  let sizeMax = batchMax;
  let flushing: Promise<void> | undefined;
  let countedMs = Date.now();

  const add = (kind: string, event: object): void => {
    try {
      const text = JSON.stringify({ timeMs: Date.now(), [kind]: event });
      if (waiting.length < waitingMax && text.length < eventCharsMax) return void waiting.push(text);
    } catch {
      // No JSON: a cycle, a BigInt.
    }
    dropped++;
  };

  const nextBatch = (): object | undefined => {
    const fromMs = countedMs;
    countedMs = Date.now();
    evaluator().drainCounts(({ flagKey, variant, reason, rule, revision, errorCode }, count) =>
      add('evaluationCount', { flagKey, variant, reason, rule, revision, errorCode, count, fromMs }),
    );
    if (!waiting.length && !dropped) return undefined;
    sending = waiting.splice(0, sizeMax);
    const drops = dropped ? { queue_full: dropped } : {};
    dropped = 0;
    return {
      instanceId,
      sequence: ++sequence,
      events: JSON.parse(`[${sending}]`) as object[],
      dropped: drops,
    };
  };

  const send = async (): Promise<void> => {
    while ((batch ??= nextBatch())) {
      const { status } = await api.call('EventService/Record', batch);
      // The server may take it later.
      if (!status || status === 429 || status >= 500) return;
      // One bad event must not take the others along: the batch is halved until that one is alone.
      const again = status === 400 && sending.length > 1;
      if (again) waiting.unshift(...sending);
      sizeMax = again ? sending.length >> 1 : batchMax;
      batch = undefined;
    }
  };
  const flush = (): Promise<void> => (flushing ??= send().finally(() => (flushing = undefined)));
  const timer = setInterval(() => void flush(), intervalMs * (0.8 + 0.4 * Math.random()));

  return {
    expose({ flagId, id, flagKey, variant, rule, revision, excluded }, given, unitHash) {
      const units = unitsOf(given);
      if (units && filter.isNew(flagId, unitHash, id))
        add('exposure', { flagKey, variant, rule, revision, units, excluded });
    },
    track(name, options) {
      const { value, attributes } = options ?? {};
      add('metric', {
        name,
        value,
        attributes,
        units: unitsOf(context()) ?? {},
        revision: Math.max(0, evaluator().revision),
      });
    },
    flush,
    leave() {
      // The last batch is sent again when the page goes on: the server takes a batch once.
      while ((batch ??= nextBatch()) && api.beacon(batch) && waiting.length) batch = undefined;
    },
    close() {
      clearInterval(timer);
      return flush();
    },
  };
};

/** Unit keys by context kind, if there are any. Looks at nothing but targeting keys. */
const unitsOf = (context: EvaluationContext): object | undefined => {
  try {
    const kinds = context.kind === 'multi' ? Object.keys(context) : [context.kind ?? 'user'];
    const units = kinds.map((kind) => [kind, readUnit(context, undefined, kind)]).filter(([, unit]) => unit);
    return units.length ? (Object.fromEntries(units) as object) : undefined;
  } catch {
    return undefined;
  }
};
