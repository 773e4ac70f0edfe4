// Sends what happened on the page: exposures, evaluation counts, tracked metrics. A bounded queue; batches stay identical
// until the server has confirmed them, so that a repetition counts once. What is lost is counted, and the count delivered.
// Nothing here may throw into the application.
import type { EvaluationContext } from '@org/contract/model';
import { readUnit, type Evaluator, type EvaluatorOptions } from '@org/evaluator/compact';
import type { Api } from './api.ts';
import type { Tell } from './hooks.ts';
import { batchCharsMax, eventCharsMax, seenMax, heldMax, intervalMs } from './limits.ts';
import type { Client } from './types.ts';

export interface Reporter extends Pick<Client, 'track' | 'flush' | 'close'> {
  readonly expose: NonNullable<EvaluatorOptions['onExposure']>;
  /** The page is hidden or ends: hands everything to the browser. */
  leave(): void;
}

type Drops = Readonly<Record<string, number>>;

/** `flags.v1.RecordRequest`. */
interface Batch {
  readonly instanceId: string;
  readonly sequence: number;
  readonly events: readonly object[];
  readonly dropped: Drops | undefined;
}

/** `evaluator` and `context` are asked when there is something to tell. */
export const createReporter = (
  api: Api,
  instanceId: string,
  evaluator: () => Evaluator,
  context: () => EvaluationContext,
  tell: Tell,
): Reporter => {
  /** What a unit of a flag saw last: what goes on alike is told once, A then B then A three times. */
  const seen = new Map<number, number>();
  const waiting: string[] = [];
  /** Oldest first; the server may have some of them. */
  const unconfirmed: Batch[] = [];
  /** Those that the browser took since the last flush: it says nothing about whether they arrive. */
  const handedOver = new Set<Batch>();
  /** Events waiting or unconfirmed. */
  let held = 0;
  let dropped: Drops | undefined;
  let sequence = 0;
  let flushing: Promise<void> | undefined;
  let countedMs = Date.now();

  const drop = (reason: string, count = 1): void => {
    dropped = { ...dropped, [reason]: (dropped?.[reason] ?? 0) + count };
  };

  const add = (kind: string, event: object): void => {
    try {
      const text = JSON.stringify({ timeMs: Date.now(), [kind]: event });
      if (text.length <= eventCharsMax) {
        if (held >= heldMax) return drop('queue_full');
        held++;
        return void waiting.push(text);
      }
    } catch {
      // No JSON: a cycle, a BigInt.
    }
    drop('invalid');
  };

  const batchOf = (events: readonly object[]): Batch => {
    const batch = { instanceId, sequence: ++sequence, events, dropped };
    dropped = undefined;
    return batch;
  };

  /** Makes batches of all there is to tell. */
  const pack = (): void => {
    const fromMs = countedMs;
    countedMs = Date.now();
    evaluator().drainCounts(({ flagKey, variant, reason, rule, revision, errorCode }, count) =>
      add('evaluationCount', { flagKey, variant, reason, rule, revision, errorCode, count, fromMs }),
    );
    while (waiting.length || (dropped && !unconfirmed.length)) {
      let chars = 0;
      const end = waiting.findIndex((text) => (chars += text.length) > batchCharsMax);
      unconfirmed.push(
        batchOf(JSON.parse(`[${waiting.splice(0, end < 0 ? heldMax : end)}]`) as readonly object[]),
      );
    }
  };

  const send = async (): Promise<void> => {
    handedOver.clear();
    for (;;) {
      if (!unconfirmed.length) pack();
      const [batch] = unconfirmed;
      if (!batch) return;
      const { status } = await api.call('EventService/Record', batch);
      // The server may take it later.
      if (!status || status === 429 || status >= 500) return;
      unconfirmed.shift();
      const { events } = batch;
      const { length } = events;
      const refused = status >= 400;
      // What it had to tell about drops is told by the next one.
      if (refused) for (const reason in batch.dropped) drop(reason, batch.dropped[reason]);
      if (status === 400 && length > 1) {
        // One bad event must not take the others along: the batch is halved until that one is alone.
        const middle = length >> 1;
        unconfirmed.unshift(batchOf(events.slice(0, middle)), batchOf(events.slice(middle)));
      } else {
        held -= length;
        if (refused && length) drop('refused', length);
        else if (refused) return;
      }
    }
  };
  const flush = (): Promise<void> => (flushing ??= send().finally(() => (flushing = undefined)));
  const timer = setInterval(() => void flush(), intervalMs * (0.8 + 0.4 * Math.random()));

  return {
    expose({ flagId, id, flagKey, variant = '', rule = '', revision, excluded }, given, unitHash) {
      const units = unitsOf(given);
      const unit = flagId * 2 ** 32 + unitHash;
      if (!units || seen.get(unit) === id) return;
      // An exposure too many does no harm.
      if (seen.size >= seenMax) seen.clear();
      seen.set(unit, id);
      const exposure = { flagKey, variant, rule, revision, excluded };
      add('exposure', { ...exposure, units });
      tell('onExposure', exposure, given);
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
      pack();
      for (const batch of unconfirmed) {
        if (!handedOver.has(batch) && api.beacon(batch)) handedOver.add(batch);
      }
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
