// The client's copy of a view: its documents, their hash, and the evaluator behind them. Changes as a whole or not at
// all: what does not hash to what the server said, or does not parse, never reaches the evaluator.
import { contentHash, createViewHash, entryHash, positionHash } from './hash.ts';
import type {
  Position,
  RefusalReason,
  SyncDelta,
  SyncDocument,
  SyncDocumentRef,
  SyncProblem,
  SyncSnapshot,
} from './types.ts';

/** What the replica needs of an evaluator (`@org/evaluator` fits). */
export interface ReplicaEvaluator {
  load(documents: Iterable<ParsedDocument>, revision: number): readonly SyncProblem[];
  apply(change: {
    readonly upserts: readonly ParsedDocument[];
    readonly deletes: readonly SyncDocumentRef[];
    readonly revision: number;
  }): readonly SyncProblem[];
}

export interface ParsedDocument {
  readonly kind: string;
  readonly key: string;
  readonly revision: number;
  readonly document: unknown;
}

export type ReplicaResult =
  | { readonly ok: true; readonly position: Position; readonly problems: readonly SyncProblem[] }
  | { readonly ok: false; readonly reason: RefusalReason };

/** The documents of one view and where in history they stand. */
export interface Replica {
  /** Absent before the first load. */
  readonly position: Position | undefined;
  /** Empty unless `keepText`. */
  documents(): Iterable<SyncDocument>;
  load(snapshot: SyncSnapshot): ReplicaResult;
  /** The caller has seen to it that the delta follows the position. */
  apply(delta: SyncDelta): ReplicaResult;
}

const idOf = (document: SyncDocumentRef): string => `${document.kind}/${document.key}`;
const hashOf = (document: SyncDocument): string =>
  entryHash(document.kind, document.key, contentHash(document.json));

/** Whether a document is named more than once: nearly every delta names one. */
const namesTwice = (upserts: readonly SyncDocumentRef[], deletes: readonly SyncDocumentRef[]): boolean => {
  const count = upserts.length + deletes.length;
  return count > 1 && new Set([...upserts, ...deletes].map(idOf)).size !== count;
};

const parse = (documents: readonly SyncDocument[]): ParsedDocument[] =>
  documents.map(({ kind, key, revision, json }) => ({
    kind,
    key,
    revision,
    document: JSON.parse(json) as unknown,
  }));

class Refusal extends Error {
  readonly reason: RefusalReason;
  constructor(reason: RefusalReason) {
    super(reason);
    this.reason = reason;
  }
}

/** Entry hashes by kind and key: no text is put together to look one up. */
class Entries {
  readonly #kinds = new Map<string, Map<string, string>>();

  get({ kind, key }: SyncDocumentRef): string | undefined {
    return this.#kinds.get(kind)?.get(key);
  }

  set({ kind, key }: SyncDocumentRef, entry: string): void {
    const known = this.#kinds.get(kind);
    if (known) known.set(key, entry);
    else this.#kinds.set(kind, new Map([[key, entry]]));
  }

  delete({ kind, key }: SyncDocumentRef): void {
    this.#kinds.get(kind)?.delete(key);
  }
}

/** An empty replica in front of an evaluator. `keepText` keeps the documents' texts, for storing a snapshot. */
export const createReplica = (evaluator: ReplicaEvaluator, keepText = true): Replica => {
  let entries = new Entries();
  let texts = new Map<string, SyncDocument>();
  let position: Position | undefined;

  const set = (document: SyncDocument, entry: string): void => {
    entries.set(document, entry);
    if (keepText) texts.set(idOf(document), document);
  };

  /** `change` evaluates before it keeps anything: whatever throws on the way leaves everything as it was. */
  const attempt = (to: Position, change: () => readonly SyncProblem[]): ReplicaResult => {
    try {
      const problems = change();
      position = { historyId: to.historyId, revision: to.revision, hash: to.hash };
      return { ok: true, position, problems };
    } catch (error) {
      return { ok: false, reason: error instanceof Refusal ? error.reason : 'content' };
    }
  };

  const load = (snapshot: SyncSnapshot): readonly SyncProblem[] => {
    const hashes = snapshot.documents.map(hashOf);
    const sum = createViewHash();
    for (const entry of hashes) sum.add(entry);
    if (sum.hex !== snapshot.hash) throw new Refusal('hash');
    if (snapshot.positionHash && snapshot.positionHash !== positionHash(snapshot)) throw new Refusal('hash');
    if (new Set(snapshot.documents.map(idOf)).size !== hashes.length) throw new Refusal('content');
    const problems = evaluator.load(parse(snapshot.documents), snapshot.revision);
    entries = new Entries();
    texts = new Map();
    snapshot.documents.forEach((document, index) => set(document, hashes[index]!));
    return problems;
  };

  const apply = ({ upserts, deletes, revision, hash }: SyncDelta): readonly SyncProblem[] => {
    if (namesTwice(upserts, deletes)) throw new Refusal('content');
    const hashes = upserts.map(hashOf);
    const sum = createViewHash(position?.hash);
    const leave = (ref: SyncDocumentRef): void => {
      const before = entries.get(ref);
      if (before !== undefined) sum.remove(before);
    };
    upserts.forEach(leave);
    deletes.forEach(leave);
    hashes.forEach(sum.add);
    if (sum.hex !== hash) throw new Refusal('hash');
    const problems = evaluator.apply({ upserts: parse(upserts), deletes, revision });
    for (const ref of deletes) {
      entries.delete(ref);
      texts.delete(idOf(ref));
    }
    upserts.forEach((document, index) => set(document, hashes[index]!));
    return problems;
  };

  return {
    get position() {
      return position;
    },
    documents: () => texts.values(),
    load: (snapshot) => attempt(snapshot, () => load(snapshot)),
    apply: (delta) => attempt(delta, () => apply(delta)),
  };
};
