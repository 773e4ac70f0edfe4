// Works out a list's chunks after an edit. Looks only at the chunks that the edit touches, as long as their number stays.
import { chunkCountOf, encodeChunks, hashesOf } from '@org/evaluator';
import { chunkName } from './chunk-cache.ts';

export type ListEditKind = 'add' | 'remove' | 'replace';

/** A list's members by its chunks; pairs of halves each. */
export interface ListChunks {
  readonly names: readonly string[];
  readonly pairs: readonly Uint32Array[];
}

export interface EditedList {
  readonly count: number;
  readonly names: readonly string[];
  /** Chunks that the list did not have before, by name. */
  readonly made: ReadonlyMap<string, Uint8Array>;
}

/** The list after the edit. */
export function editList(before: ListChunks, edit: ListEditKind, hashes: BigUint64Array): EditedList {
  if (edit === 'replace') return rebuild(before, sortedUnique(hashes));
  const touched = new Map<number, Set<bigint>>();
  for (const hash of hashes) {
    const index = chunkIndexOf(hash, before.names.length);
    const members = touched.get(index) ?? new Set(hashesOf(before.pairs[index]!));
    touched.set(index, members);
    if (edit === 'add') members.add(hash);
    else members.delete(hash);
  }
  const sizes = before.pairs.map((pairs, index) => touched.get(index)?.size ?? pairs.length / 2);
  const count = sizes.reduce((sum, size) => sum + size, 0);
  if (chunkCountOf(count) === before.names.length) return replaceChunks(before, touched, count);
  const all = new BigUint64Array(count);
  let at = 0;
  before.pairs.forEach((pairs, index) => {
    for (const hash of touched.get(index) ?? hashesOf(pairs)) all[at++] = hash;
  });
  return rebuild(before, all.sort());
}

/** Without sets: a million big integers would fill the heap for nothing. */
function sortedUnique(hashes: BigUint64Array): BigUint64Array {
  const sorted = hashes.slice().sort();
  return sorted.filter((hash, index) => index === 0 || hash !== sorted[index - 1]);
}

const chunkIndexOf = (hash: bigint, chunkCount: number): number =>
  Number(hash >> BigInt(64 - Math.log2(chunkCount)));

function replaceChunks(
  { names, pairs }: ListChunks,
  touched: ReadonlyMap<number, ReadonlySet<bigint>>,
  count: number,
): EditedList {
  const made = new Map<string, Uint8Array>();
  const next = names.map((name, index) => {
    const members = touched.get(index);
    if (
      members === undefined ||
      (members.size * 2 === pairs[index]!.length && isSame(members, pairs[index]!))
    )
      return name;
    return take(oneChunk(members), made);
  });
  return { count, names: next, made };
}

const isSame = (members: ReadonlySet<bigint>, pairs: Uint32Array): boolean => {
  for (const hash of hashesOf(pairs)) if (!members.has(hash)) return false;
  return true;
};

const sortedOf = (members: ReadonlySet<bigint>): BigUint64Array => BigUint64Array.from(members).sort();

/** The members of one chunk, however many they are by themselves. */
function oneChunk(members: ReadonlySet<bigint>): Uint8Array {
  return Buffer.concat(encodeChunks(sortedOf(members)));
}

function rebuild({ names }: ListChunks, members: BigUint64Array): EditedList {
  const known = new Set(names);
  const made = new Map<string, Uint8Array>();
  const next = encodeChunks(members).map((content) => take(content, made));
  for (const name of known) made.delete(name);
  return { count: members.length, names: next, made };
}

function take(content: Uint8Array, made: Map<string, Uint8Array>): string {
  const name = chunkName(content);
  if (name !== '') made.set(name, content);
  return name;
}
