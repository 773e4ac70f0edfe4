// The contents of an environment's lists in memory: chunks by name, shared by all lists and revisions that name them. Filled
// before the documents that name them are taken, so that evaluation never waits.
import { createHash } from 'node:crypto';
import { chunksOf, createMemberSet, decodeChunk, type MemberSet } from '@org/evaluator';
import type { DocumentSource } from '../environment/document-set.ts';

const nothing = new Uint32Array();

/** The name of a chunk: SHA-256 of its content, the first 128 bits (docs/spec/lists.md); "" for an empty one. */
export const chunkName = (content: Uint8Array): string =>
  content.byteLength === 0 ? '' : createHash('sha256').update(content).digest().toString('base64url', 0, 16);

/** Chunks by name. */
export class ChunkCache {
  readonly #chunks = new Map<string, Uint32Array>();

  get(name: string): Uint32Array | undefined {
    return name === '' ? nothing : this.#chunks.get(name);
  }

  /** Takes chunks of the database; what cannot be read is left out. */
  add(chunks: ReadonlyMap<string, Uint8Array>): void {
    for (const [name, content] of chunks) {
      const pairs = this.#chunks.has(name) ? undefined : decodeChunk(content);
      if (pairs !== undefined) this.#chunks.set(name, pairs);
    }
  }

  /** The names of chunks that a list names and that are not here. */
  missing(document: unknown): readonly string[] {
    return (chunksOf(document) ?? []).filter((name) => this.get(name) === undefined);
  }

  /** Undefined when a chunk is not here. */
  members(names: readonly string[]): MemberSet | undefined {
    const chunks = names.map((name) => this.get(name));
    return chunks.every((chunk) => chunk !== undefined) ? createMemberSet(chunks) : undefined;
  }

  /** Forgets what no list names. */
  prune(documents: DocumentSource): void {
    if (this.#chunks.size === 0) return;
    const named = new Set([...documents.ofKind('list')].flatMap(({ document }) => chunksOf(document) ?? []));
    for (const name of this.#chunks.keys()) if (!named.has(name)) this.#chunks.delete(name);
  }
}

/** The content of a chunk, from its pairs. */
export function contentOf(pairs: Uint32Array): Buffer {
  const content = Buffer.alloc(pairs.byteLength);
  pairs.forEach((half, index) => content.writeUInt32LE(half, index * 4));
  return content;
}
