// Messages of proto flags.v1 as proto3 JSON leave out zeros and empty lists; @org/sync's have them.
import type { StreamMessage, SyncSnapshot } from '@org/sync/stream';

const blank = {
  historyId: '',
  revision: 0,
  hash: '',
  previousRevision: 0,
  documents: [],
  upserts: [],
  deletes: [],
  truncated: false,
};

const fill = <T extends object>(message: T | undefined): T | undefined => message && { ...blank, ...message };

/** A line of the stream. */
export const streamMessageOf = ({ snapshot, delta, heartbeat }: StreamMessage): StreamMessage => ({
  snapshot: fill(snapshot),
  delta: fill(delta),
  heartbeat: fill(heartbeat),
});

/** Server-rendered state: a snapshot, or an answer that holds one, as JSON text or parsed. */
export const bootstrapOf = (bootstrap: unknown): SyncSnapshot | undefined => {
  try {
    const parsed = (typeof bootstrap === 'string' ? JSON.parse(bootstrap) : bootstrap) as {
      snapshot?: SyncSnapshot;
    } & SyncSnapshot;
    return fill(parsed.snapshot ?? parsed);
  } catch {
    return undefined;
  }
};
