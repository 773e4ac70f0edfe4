// One view of an environment: which documents it holds, its hash and its size, kept incrementally.
import type { Document, DocumentRef } from '@org/contract/gen/flags/v1/document';
import { contentHash, createViewHash, entryHash, type ViewHash } from '@org/sync';
import { documentIdText } from './document-set.ts';

/** A document of a view. */
export interface ViewDocument extends Document {
  /** Its part in the view's hash. */
  readonly entry: string;
}

/** What a revision does to a view. */
export interface ViewChange {
  readonly upserts: readonly ViewDocument[];
  readonly deletes: readonly DocumentRef[];
  /** Hash and size of the view after the change. */
  readonly hash: string;
  readonly bytes: number;
}

/** Protobuf's part of a document's size: tags, lengths, revision. */
const overheadBytes = 24;

export const viewDocument = (kind: string, key: string, revision: number, json: string): ViewDocument => ({
  kind,
  key,
  revision,
  json,
  entry: entryHash(kind, key, contentHash(json)),
});

const bytesOf = (document: ViewDocument): number =>
  Buffer.byteLength(document.json) + Buffer.byteLength(document.key) + overheadBytes;

/** The documents of one view. */
export class View {
  readonly #documents = new Map<string, ViewDocument>();
  readonly #hash: ViewHash = createViewHash();
  #bytes = 0;

  get hash(): string {
    return this.#hash.hex;
  }

  /** About the size of the snapshot on the wire. */
  get bytes(): number {
    return this.#bytes;
  }

  get(kind: string, key: string): ViewDocument | undefined {
    return this.#documents.get(documentIdText(kind, key));
  }

  documents(): ViewDocument[] {
    return [...this.#documents.values()];
  }

  /** The change with its outcome, without making it. Deletes of documents that are not there are left out. */
  preview(upserts: readonly ViewDocument[], removed: readonly DocumentRef[]): ViewChange {
    const hash = createViewHash(this.#hash.hex);
    let bytes = this.#bytes;
    const deletes = removed.filter(({ kind, key }) => this.get(kind, key) !== undefined);
    for (const { kind, key } of [...upserts, ...deletes]) {
      const before = this.get(kind, key);
      if (before === undefined) continue;
      hash.remove(before.entry);
      bytes -= bytesOf(before);
    }
    for (const upsert of upserts) {
      hash.add(upsert.entry);
      bytes += bytesOf(upsert);
    }
    return { upserts, deletes, hash: hash.hex, bytes };
  }

  apply(change: Pick<ViewChange, 'upserts' | 'deletes'>): void {
    for (const { kind, key } of change.deletes) this.#remove(kind, key);
    for (const upsert of change.upserts) {
      this.#remove(upsert.kind, upsert.key);
      this.#documents.set(documentIdText(upsert.kind, upsert.key), upsert);
      this.#hash.add(upsert.entry);
      this.#bytes += bytesOf(upsert);
    }
  }

  #remove(kind: string, key: string): void {
    const before = this.get(kind, key);
    if (before === undefined) return;
    this.#documents.delete(documentIdText(kind, key));
    this.#hash.remove(before.entry);
    this.#bytes -= bytesOf(before);
  }
}
