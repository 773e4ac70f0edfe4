// The environment as it was committed, revision by revision, restores from a backup included: what every client of a
// simulation is judged by. For tests only.
import { contentHash, createViewHash, entryHash } from '../hash.ts';
import type { Position, SyncDelta, SyncDocument, SyncDocumentRef } from '../types.ts';
import type { SeededRandom } from './random.ts';

/** The state after a commit or a restore. `delta` is absent after a restore. */
export interface TruthEntry {
  readonly position: Position;
  readonly documents: readonly SyncDocument[];
  readonly delta: SyncDelta | undefined;
}

/** An append-only log. */
export interface Truth {
  readonly log: readonly TruthEntry[];
  readonly head: TruthEntry;
  commit(): void;
  /** Goes back to the state of an earlier entry, in a new history. */
  restore(): void;
  wasCommitted(position: Position): boolean;
}

export const hashOfDocuments = (documents: Iterable<SyncDocument>): string => {
  const sum = createViewHash();
  for (const { kind, key, json } of documents) sum.add(entryHash(kind, key, contentHash(json)));
  return sum.hex;
};

export const textOf = ({ historyId, revision, hash }: Position): string => `${historyId}:${revision}:${hash}`;

const keys = 8;

/** Begins with an empty environment at revision 0. */
export const createTruth = (random: SeededRandom): Truth => {
  let histories = 1;
  const first: TruthEntry = {
    position: { historyId: 'h1', revision: 0, hash: hashOfDocuments([]) },
    documents: [],
    delta: undefined,
  };
  const log: TruthEntry[] = [first];
  const committed = new Set([textOf(first.position)]);
  const head = (): TruthEntry => log[log.length - 1]!;
  const append = (entry: TruthEntry): void => {
    log.push(entry);
    committed.add(textOf(entry.position));
  };

  return {
    log,
    get head() {
      return head();
    },
    commit() {
      const { position, documents } = head();
      const revision = position.revision + 1;
      const next = new Map(documents.map((document) => [document.key, document]));
      const upserts: SyncDocument[] = [];
      const deletes: SyncDocumentRef[] = [];
      const touched = new Set(Array.from({ length: 1 + random.below(3) }, () => `k${random.below(keys)}`));
      for (const key of touched) {
        if (next.has(key) && random.chance(0.2)) {
          next.delete(key);
          deletes.push({ kind: 'flag', key });
        } else {
          const document = {
            kind: 'flag',
            key,
            revision,
            json: `{"v":"${position.historyId}-${revision}-${random.below(1000)}"}`,
          };
          next.set(key, document);
          upserts.push(document);
        }
      }
      const all = [...next.values()];
      const to = { historyId: position.historyId, revision, hash: hashOfDocuments(all) };
      const delta = {
        ...to,
        previousRevision: position.revision,
        upserts,
        deletes,
        truncated: random.chance(0.03),
      };
      append({
        position: to,
        documents: all,
        delta: delta.truncated ? { ...delta, upserts: [], deletes: [] } : delta,
      });
    },
    restore() {
      const { position, documents } = log[random.below(log.length)]!;
      histories += 1;
      append({ position: { ...position, historyId: `h${histories}` }, documents, delta: undefined });
    },
    wasCommitted: (position) => committed.has(textOf(position)),
  };
};
