// Holds snapshots and deltas back until the contents of the lists they name are here, in the order they came: what runs is
// always whole. What cannot be had counts as lost, and the machine repairs it as it repairs any loss.
import type { SyncDocument, SyncEvent } from '@org/sync';
import type { FlagsError } from '../errors.ts';
import { heldEventsMax } from '../limits.ts';
import type { ChunkStore } from './chunk-store.ts';

export interface ListGateSettings {
  readonly chunks: ChunkStore;
  /** The contents of some of the chunks; of none when the core has none of them. Rejects with a FlagsError. */
  fetch(
    names: readonly string[],
  ): Promise<readonly { readonly hash: string; readonly content: Uint8Array }[]>;
  pass(event: SyncEvent): void;
  onError(error: unknown): void;
  readonly damaged: (message: string) => FlagsError;
}

export interface ListGate {
  /** Passes the event on, now or when what it needs is here. */
  take(event: SyncEvent): void;
  close(): void;
}

const noDocuments: readonly SyncDocument[] = [];

const documentsOf = (event: SyncEvent): readonly SyncDocument[] => {
  if (event.type === 'snapshot') return event.snapshot.documents;
  if (event.type === 'delta') return event.delta.upserts;
  return event.type === 'deltas' ? event.deltas.flatMap(({ upserts }) => upserts) : noDocuments;
};

/** What must not overtake a held one. */
const isOrdered = ({ type }: SyncEvent): boolean =>
  type === 'snapshot' || type === 'delta' || type === 'deltas' || type === 'heartbeat';

/** An open gate. */
export const createListGate = ({ chunks, fetch, pass, onError, damaged }: ListGateSettings): ListGate => {
  let held: SyncEvent[] = [];
  let closed = false;

  const lose = (event: SyncEvent): void => {
    if ('fetch' in event && event.fetch !== undefined) pass({ type: 'fetchFailed', fetch: event.fetch });
  };

  const bring = async (names: readonly string[]): Promise<void> => {
    let missing = names;
    while (missing.length > 0) {
      const found = await fetch(missing);
      const good = new Set(
        found.filter(({ hash, content }) => chunks.add(hash, content)).map(({ hash }) => hash),
      );
      if (good.size === 0) throw damaged(`${missing.length} chunks of lists are not to be had`);
      missing = missing.filter((name) => !good.has(name));
    }
  };

  const run = async (): Promise<void> => {
    for (let [next] = held; next !== undefined && !closed; [next] = held) {
      let whole = true;
      try {
        await bring(chunks.missing(documentsOf(next)));
      } catch (error) {
        whole = false;
        onError(error);
      }
      // Meanwhile its connection may have ended, and what came over it with it.
      if (closed || held[0] !== next) continue;
      held.shift();
      if (whole) pass(next);
      else lose(next);
    }
  };

  return {
    take(event) {
      if (event.type === 'disconnected') {
        held = held.filter((each) => !('connection' in each) || each.connection !== event.connection);
      }
      if (!isOrdered(event)) return pass(event);
      if (held.length === 0 && chunks.missing(documentsOf(event)).length === 0) return pass(event);
      if (held.length >= heldEventsMax) return lose(event);
      held.push(event);
      if (held.length === 1) void run();
    },
    close() {
      closed = true;
      held = [];
    },
  };
};
