// MurmurHash3 x86 32-bit in few bytes of code, over the bytes an encoder makes of the text. Equal to ../murmur3.ts.

// Pure, and on every platform; the package's types know neither DOM nor Node.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const encoder = new TextEncoder();

/** MurmurHash3 x86 32-bit over the UTF-8 bytes of the text, unsigned. A lone surrogate is hashed as U+FFFD. */
export const murmur3 = (text: string, seed = 0): number => {
  const bytes = encoder.encode(text);
  let hash = seed;
  let block = 0;
  for (let i = 0; i < bytes.length; i++) {
    block |= bytes[i]! << ((i % 4) * 8);
    if (i % 4 < 3 && i + 1 < bytes.length) continue;
    hash ^= multiply(turn(multiply(block, 0xcc9e2d51), 15), 0x1b873593);
    if (i % 4 === 3) hash = (multiply(turn(hash, 13), 5) + 0xe6546b64) | 0;
    block = 0;
  }
  hash ^= bytes.length;
  hash = multiply(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = multiply(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

const multiply = Math.imul;
const turn = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));
