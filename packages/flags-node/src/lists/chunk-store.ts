// The contents of lists in this process: chunks by name (docs/spec/lists.md), shared by all lists and revisions that name
// them. What no list names any more is let go.
import { createHash } from 'node:crypto';
import { chunksOf, createMemberSet, decodeChunk, type MemberSet } from '@org/evaluator';
import type { ParsedDocument, ReplicaEvaluator, SyncDocument } from '@org/sync';

const nothing = new Uint32Array();

/** SHA-256 of the content, the first 128 bits. */
export const chunkName = (content: Uint8Array): string =>
  createHash('sha256').update(content).digest().toString('base64url', 0, 16);

export interface ChunkStore {
  /** False for a content that is not what its name says. */
  add(name: string, content: Uint8Array): boolean;
  /** The names of chunks that these documents name and that are not here. */
  missing(documents: Iterable<SyncDocument>): readonly string[];
  /** Undefined when a chunk is not here. */
  members(names: readonly string[]): MemberSet | undefined;
  /** The chunks that the state which runs names. */
  named(): Iterable<readonly [string, Uint32Array]>;
  /** An evaluator that tells the store which lists there are. */
  track(evaluator: ReplicaEvaluator): ReplicaEvaluator;
}

/** An empty store. */
export const createChunkStore = (): ChunkStore => {
  const chunks = new Map<string, Uint32Array>();
  let lists = new Map<string, readonly string[]>();

  const find = (name: string): Uint32Array | undefined => (name === '' ? nothing : chunks.get(name));
  const note = (documents: Iterable<ParsedDocument>): boolean => {
    let noted = false;
    for (const { kind, key, document } of documents) {
      if (kind !== 'list') continue;
      lists.set(key, chunksOf(document) ?? []);
      noted = true;
    }
    return noted;
  };
  const named = (): Set<string> => new Set([...lists.values()].flat());
  const prune = (): void => {
    const kept = named();
    for (const name of chunks.keys()) if (!kept.has(name)) chunks.delete(name);
  };

  return {
    add(name, content) {
      const pairs = chunkName(content) === name ? decodeChunk(content) : undefined;
      if (pairs) chunks.set(name, pairs);
      return pairs !== undefined;
    },
    missing(documents) {
      const missing = new Set<string>();
      for (const { kind, json } of documents) {
        if (kind !== 'list') continue;
        for (const name of chunksIn(json)) if (!find(name)) missing.add(name);
      }
      return [...missing];
    },
    members(names) {
      const found = names.map(find);
      return found.every((chunk) => chunk !== undefined) ? createMemberSet(found) : undefined;
    },
    *named() {
      for (const name of named()) {
        const pairs = chunks.get(name);
        if (pairs) yield [name, pairs];
      }
    },
    track: (evaluator) => ({
      load(documents, revision) {
        const all = [...documents];
        const problems = evaluator.load(all, revision);
        lists = new Map();
        note(all);
        prune();
        return problems;
      },
      apply(change) {
        const problems = evaluator.apply(change);
        const gone = change.deletes.filter(({ kind, key }) => kind === 'list' && lists.delete(key));
        if (note(change.upserts) || gone.length > 0) prune();
        return problems;
      },
    }),
  };
};

/** A damaged document is found out when it is applied. */
const chunksIn = (json: string): readonly string[] => {
  try {
    return chunksOf(JSON.parse(json)) ?? [];
  } catch {
    return [];
  }
};
