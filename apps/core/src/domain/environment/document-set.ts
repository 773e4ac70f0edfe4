// The live documents of an environment in memory, and who refers to whom. Knows no views and no history.
import { referencesOf, type DocumentId, type DocumentLookup } from '@org/evaluator';
import { contentHash, entryHash } from '@org/sync';
import type { JsonObject } from '@org/contract/model';
import type { DocumentRow } from '../../store/environment-store.ts';

/** A live document, parsed and hashed once. */
export interface HeldDocument extends DocumentRow {
  readonly document: JsonObject;
  /** Its part in the hash of the server view. */
  readonly entry: string;
}

/** Reads documents as they are, or as they would be after a change. */
export interface DocumentSource extends DocumentLookup {
  held(kind: string, key: string): HeldDocument | undefined;
  ofKind(kind: string): Iterable<HeldDocument>;
}

/** `kind/key`: kinds hold no slash. */
export const documentIdText = (kind: string, key: string): string => `${kind}/${key}`;

export const holdDocument = (row: DocumentRow): HeldDocument => ({
  ...row,
  document: JSON.parse(row.json) as JsonObject,
  entry: entryHash(row.kind, row.key, contentHash(row.json)),
});

const nobody: ReadonlyMap<string, DocumentId> = new Map();
const none: ReadonlyMap<string, HeldDocument> = new Map();

/** All live documents with an index of dependants, kept incrementally. */
export class DocumentSet implements DocumentSource {
  readonly #documents = new Map<string, HeldDocument>();
  readonly #kinds = new Map<string, Map<string, HeldDocument>>();
  readonly #dependants = new Map<string, Map<string, DocumentId>>();
  #sorted: readonly string[] | undefined;

  get size(): number {
    return this.#documents.size;
  }

  held(kind: string, key: string): HeldDocument | undefined {
    return this.#documents.get(documentIdText(kind, key));
  }

  get(kind: string, key: string): unknown {
    return this.held(kind, key)?.document;
  }

  dependants(kind: string, key: string): Iterable<DocumentId> {
    return (this.#dependants.get(documentIdText(kind, key)) ?? nobody).values();
  }

  all(): Iterable<HeldDocument> {
    return this.#documents.values();
  }

  ofKind(kind: string): Iterable<HeldDocument> {
    return (this.#kinds.get(kind) ?? none).values();
  }

  /** `kind/key` of all documents in order; sorted when asked for after documents came or went. */
  sortedIds(): readonly string[] {
    return (this.#sorted ??= [...this.#documents.keys()].sort());
  }

  byId(id: string): HeldDocument | undefined {
    return this.#documents.get(id);
  }

  put(held: HeldDocument): void {
    const id = documentIdText(held.kind, held.key);
    const before = this.#documents.get(id);
    if (before === undefined) this.#sorted = undefined;
    else this.#unlink(id, before);
    this.#documents.set(id, held);
    const kind = this.#kinds.get(held.kind) ?? new Map<string, HeldDocument>();
    this.#kinds.set(held.kind, kind.set(held.key, held));
    for (const reference of referencesOf(held.kind, held.document)) {
      const target = documentIdText(reference.kind, reference.key);
      const dependants = this.#dependants.get(target) ?? new Map<string, DocumentId>();
      dependants.set(id, held);
      this.#dependants.set(target, dependants);
    }
  }

  remove(kind: string, key: string): void {
    const id = documentIdText(kind, key);
    const before = this.#documents.get(id);
    if (before === undefined) return;
    this.#unlink(id, before);
    this.#documents.delete(id);
    this.#kinds.get(kind)?.delete(key);
    this.#sorted = undefined;
  }

  #unlink(id: string, held: HeldDocument): void {
    for (const reference of referencesOf(held.kind, held.document)) {
      const target = documentIdText(reference.kind, reference.key);
      const dependants = this.#dependants.get(target);
      dependants?.delete(id);
      if (dependants?.size === 0) this.#dependants.delete(target);
    }
  }
}
