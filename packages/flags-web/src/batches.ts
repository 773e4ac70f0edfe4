// A bounded queue of what is to be told, in batches that stay identical until the server has confirmed them, so that a
// repetition counts once. What is lost is counted, and the count delivered. Nothing here may throw into the application.
import type { Api } from './api.ts';
import { batchCharsMax, eventCharsMax, heldMax } from './limits.ts';

/** Adds an event: the field of `flags.v1.Event` it goes into, and its content. */
export type AddEvent = (kind: string, event: object) => void;

export interface Batches {
  readonly add: AddEvent;
  /** Sends what there is, until something fails. */
  flush(): Promise<void>;
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

/** `gather` adds what is only known when batches are made. */
export const createBatches = (api: Api, instanceId: string, gather: () => void): Batches => {
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

  const drop = (reason: string, count = 1): void =>
    void (dropped = { ...dropped, [reason]: (dropped?.[reason] ?? 0) + count });

  const batchOf = (events: readonly object[]): Batch => {
    const batch = { instanceId, sequence: ++sequence, events, dropped };
    dropped = undefined;
    return batch;
  };

  /** Makes batches of all there is to tell. */
  const pack = (): void => {
    gather();
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
      const { events, dropped: told } = batch;
      const { length } = events;
      const refused = status >= 400;
      // What it had to tell about drops is told by the next one.
      if (refused) for (const reason in told) drop(reason, told[reason]);
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

  return {
    add(kind, event) {
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
    },
    flush: () => (flushing ??= send().finally(() => (flushing = undefined))),
    leave() {
      pack();
      for (const batch of unconfirmed) {
        if (!handedOver.has(batch) && api.beacon(batch)) handedOver.add(batch);
      }
    },
  };
};
