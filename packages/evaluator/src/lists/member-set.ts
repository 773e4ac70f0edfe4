// The members of a list in memory: chunks of sorted hashes, shared with whoever holds them. A test reads a chunk in a few
// steps, allocates nothing and knows no members but by their hashes.

/** Members of a list. */
export interface MemberSet {
  /** Whether the hash belongs, by its halves as signed 32-bit integers. */
  has(high: number, low: number): boolean;
}

/** Pairs of upper and lower half, ascending; the chunks' number is a power of two, and a member's upper bits name its chunk. */
export function createMemberSet(chunks: readonly Uint32Array[]): MemberSet {
  const shift = 32 - Math.log2(chunks.length);
  // A shift by 32 is one by 0.
  const [only] = chunks;
  if (shift === 32) return { has: (high, low) => only !== undefined && isIn(only, high >>> 0, low >>> 0) };
  return { has: (high, low) => isIn(chunks[high >>> shift]!, high >>> 0, low >>> 0) };
}

function isIn(pairs: Uint32Array, high: number, low: number): boolean {
  let first = 0;
  let end = pairs.length >>> 1;
  while (first < end) {
    const middle = (first + end) >>> 1;
    const found = pairs[middle << 1]!;
    if (found < high || (found === high && pairs[(middle << 1) | 1]! < low)) first = middle + 1;
    else end = middle;
  }
  const at = first << 1;
  return at < pairs.length && pairs[at] === high && pairs[at | 1] === low;
}
