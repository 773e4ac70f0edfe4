// The chunks that a list's members travel and are stored in: sorted 64-bit hashes, cut by their upper bits. The same members
// make the same chunks, whatever way they came, so that an edit changes the chunks it touches and no others.
import { memberHigh, memberLow } from './member-hash.ts';
import { createMemberSet, type MemberSet } from './member-set.ts';

/** Members of one list. */
export const listMembersMax = 1_048_576;
/** Chunks of one list: about 8 kB each when it is full. */
export const listChunksMax = 1_024;
const membersPerChunk = 1_024;
const bytesPerMember = 8;
/** Larger chunks are not read. */
export const chunkBytesMax = 256 * 1024;

/** The hash of a member as one number. */
export const memberHash = (id: string): bigint =>
  (BigInt(memberHigh(id) >>> 0) << 32n) | BigInt(memberLow(id) >>> 0);

/** How many chunks a list of so many members has: a power of two. */
export function chunkCountOf(members: number): number {
  let count = 1;
  while (members > count * membersPerChunk && count < listChunksMax) count *= 2;
  return count;
}

/** The chunks of sorted, different hashes. */
export function encodeChunks(sorted: BigUint64Array): readonly Uint8Array[] {
  const count = chunkCountOf(sorted.length);
  const shift = 64n - BigInt(Math.log2(count));
  const chunks: Uint8Array[] = [];
  let start = 0;
  for (let index = 0; index < count; index++) {
    let end = start;
    while (end < sorted.length && (count === 1 || Number(sorted[end]! >> shift) === index)) end++;
    chunks.push(encodeChunk(sorted.subarray(start, end)));
    start = end;
  }
  return chunks;
}

function encodeChunk(hashes: BigUint64Array): Uint8Array {
  const bytes = new Uint8Array(hashes.length * bytesPerMember);
  const view = new DataView(bytes.buffer);
  hashes.forEach((hash, index) => {
    view.setUint32(index * bytesPerMember, Number(hash >> 32n), true);
    view.setUint32(index * bytesPerMember + 4, Number(hash & 0xffff_ffffn), true);
  });
  return bytes;
}

/** The chunk's pairs of halves; undefined when it is none. */
export function decodeChunk(bytes: Uint8Array): Uint32Array | undefined {
  if (bytes.byteLength % bytesPerMember !== 0 || bytes.byteLength > chunkBytesMax) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pairs = new Uint32Array(bytes.byteLength / 4);
  for (let i = 0; i < pairs.length; i++) pairs[i] = view.getUint32(i * 4, true);
  for (let i = 2; i < pairs.length; i += 2) {
    const isAscending =
      pairs[i]! > pairs[i - 2]! || (pairs[i] === pairs[i - 2] && pairs[i + 1]! > pairs[i - 1]!);
    if (!isAscending) return undefined;
  }
  return pairs;
}

/** A set of these members, for tests and for flags given in code. */
export function memberSetOf(ids: Iterable<string>): MemberSet {
  const hashes = BigUint64Array.from(new Set(Array.from(ids, memberHash))).sort();
  return createMemberSet(encodeChunks(hashes).map((chunk) => decodeChunk(chunk) ?? new Uint32Array()));
}

/** The hashes in a chunk's pairs. */
export function* hashesOf(pairs: Uint32Array): Iterable<bigint> {
  for (let i = 0; i < pairs.length; i += 2) yield (BigInt(pairs[i]!) << 32n) | BigInt(pairs[i + 1]!);
}
