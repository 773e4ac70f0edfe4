// Flags whose rules browsers do not get: the server is asked, its answers are remembered, nobody waits. Values stay
// until a newer answer comes. Must never ask for flags that nobody evaluates: each question is an exposure.
import type { ErrorCode, EvaluationContext, EvaluationDetails, JsonValue } from '@org/contract/model';

/** The answers of the server, by flag and context. */
export interface RemoteEvaluation {
  /** The answer for the flag, or what is served until there is one. */
  details<T extends JsonValue>(local: EvaluationDetails<T>, context: EvaluationContext): EvaluationDetails<T>;
  /** Values may have changed: asks again for each flag and context when it is next evaluated. */
  expire(): void;
}

/** `flags.v1.EvaluateResponse` as proto3 JSON. */
export type RemoteAnswer = Partial<EvaluationDetails>;

interface Entry {
  answer?: RemoteAnswer;
  expired: boolean;
  /** Number of the last question; the answer to an earlier one is dropped. */
  asked: number;
}

/** Pairs of flag and context remembered. */
const entriesMax = 200;
const retryAfterMs = 10_000;

/** `ask` answers undefined when the server could not be asked; `onChange` is called when a value differs from the last. */
export const createRemoteEvaluation = (
  ask: (flagKey: string, context: EvaluationContext) => Promise<RemoteAnswer | undefined>,
  onChange: () => void,
): RemoteEvaluation => {
  const entries = new Map<string, Entry>();

  const question = async (entry: Entry, flagKey: string, context: EvaluationContext): Promise<void> => {
    const number = ++entry.asked;
    entry.expired = false;
    const answer = await ask(flagKey, context);
    if (number !== entry.asked) return;
    if (!answer) setTimeout(() => (entry.expired = true), retryAfterMs);
    else if (JSON.stringify(answer) !== JSON.stringify(entry.answer)) {
      entry.answer = answer;
      onChange();
    }
  };

  const entryOf = (flagKey: string, context: EvaluationContext): Entry => {
    const id = JSON.stringify([flagKey, context]);
    let entry = entries.get(id);
    if (!entry) {
      if (entries.size >= entriesMax) entries.clear();
      entries.set(id, (entry = { expired: true, asked: 0 }));
    }
    if (entry.expired) void question(entry, flagKey, context);
    return entry;
  };

  return {
    details(local, context) {
      const failed = (errorCode: ErrorCode): typeof local => ({ ...local, reason: 'ERROR', errorCode });
      try {
        const { answer } = entryOf(local.flagKey, context);
        if (!answer) return failed('PROVIDER_NOT_READY');
        const { value = local.value, errorCode } = answer;
        if (errorCode || typeof value !== typeof local.value) return failed(errorCode || 'TYPE_MISMATCH');
        return { ...local, ...answer, value: value as typeof local.value };
      } catch {
        return failed('INVALID_CONTEXT');
      }
    },
    expire: () => entries.forEach((entry) => (entry.expired = true)),
  };
};
