// Which row of a chunk holds the text that stands in these bytes: finds what comes again and again without making a string of
// it. Exact: bytes are compared, never hashes alone.

const slotCount = 4_096;
const bytesAtFirst = 16 * 1024;

/** Up to 2,048 texts, with a row each. */
export class ByteIndex {
  /** Number of an entry, plus one; 0 where there is none. */
  readonly #slots = new Uint16Array(slotCount);
  readonly #hashes = new Int32Array(slotCount / 2);
  readonly #rows = new Int32Array(slotCount / 2);
  /** Entry n lies before this place, and behind that of the entry before it. */
  readonly #ends = new Int32Array(slotCount / 2);
  #bytes = new Uint8Array(bytesAtFirst);
  #count = 0;

  /** The row of these bytes; where they are new, they are kept with `row`, and the answer is -1. */
  take(row: number, bytes: Uint8Array, from: number, to: number): number {
    const hash = hashOf(bytes, from, to);
    let slot = (hash ^ (hash >>> 16)) & (slotCount - 1);
    for (;;) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) break;
      if (this.#hashes[entry] === hash && this.#isEqual(entry, bytes, from, to)) return this.#rows[entry]!;
      slot = (slot + 1) & (slotCount - 1);
    }
    this.#add(slot, hash, row, bytes.subarray(from, to));
    return -1;
  }

  clear(): void {
    if (this.#count > 0) this.#slots.fill(0);
    this.#count = 0;
  }

  #isEqual(entry: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = entry === 0 ? 0 : this.#ends[entry - 1]!;
    if (this.#ends[entry]! - start !== to - from) return false;
    for (let index = from; index < to; index += 1)
      if (this.#bytes[start + index - from] !== bytes[index]) return false;
    return true;
  }

  #add(slot: number, hash: number, row: number, own: Uint8Array): void {
    const entry = this.#count;
    const start = entry === 0 ? 0 : this.#ends[entry - 1]!;
    const end = start + own.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(own, start);
    this.#ends[entry] = end;
    this.#hashes[entry] = hash;
    this.#rows[entry] = row;
    this.#slots[slot] = entry + 1;
    this.#count = entry + 1;
  }
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let index = from; index < to; index += 1) hash = Math.imul(hash ^ bytes[index]!, 0x0100_0193);
  return hash;
}
