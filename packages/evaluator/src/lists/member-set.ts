// The members of a list in memory: chunks of sorted hashes, shared with whoever holds them. A test reads a chunk in a few
// steps, allocates nothing and knows no members but by their hashes.

/** Members of a list. */
export interface MemberSet {
  /** Whether the hash belongs, by its halves as signed 32-bit integers. */
  has(high: number, low: number): boolean;
}

/** Steps from where a hash should be; members that are no chance would take more. */
const stepsMax = 64;

/** Pairs of upper and lower half, ascending; the chunks' number is a power of two, and a member's upper bits name its chunk. */
export function createMemberSet(chunks: readonly Uint32Array[]): MemberSet {
  const bits = Math.log2(chunks.length);
  const shift = 32 - bits;
  const [only] = chunks;
  // A shift by 32 is one by 0.
  if (bits === 0) return { has: (high, low) => only !== undefined && isIn(only, high >>> 0, low >>> 0, 0) };
  return { has: (high, low) => isIn(chunks[high >>> shift]!, high >>> 0, low >>> 0, bits) };
}

/** Hashes are spread evenly: the search begins where the hash should be, and reads next to nothing else. */
function isIn(pairs: Uint32Array, high: number, low: number, bits: number): boolean {
  const count = pairs.length >>> 1;
  let at = Math.floor((((high << bits) >>> 0) / 4_294_967_296) * count);
  let steps = 0;
  while (at > 0 && pairs[(at - 1) << 1]! >= high && steps++ < stepsMax) at--;
  while (at < count && pairs[at << 1]! < high && steps++ < stepsMax) at++;
  if (steps >= stepsMax) at = firstNotBelow(pairs, high);
  for (; at < count && pairs[at << 1] === high; at++) if (pairs[(at << 1) | 1] === low) return true;
  return false;
}

function firstNotBelow(pairs: Uint32Array, high: number): number {
  let first = 0;
  let end = pairs.length >>> 1;
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (pairs[middle << 1]! < high) first = middle + 1;
    else end = middle;
  }
  return first;
}
