// MurmurHash3 x86 32-bit (Austin Appleby, public domain) over UTF-8. Three ways to the same hash: short ASCII texts are read
// by WebAssembly, texts of usual length are encoded at once into a fixed buffer and hashed as words, others are streamed over
// their code units. None allocates. Hashes are signed 32-bit integers inside the package: engines pass those without boxing.
import { asciiCharsMax, compileHashAscii } from './murmur3-wasm.ts';

const c1 = 0xcc9e2d51 | 0;
const c2 = 0x1b873593;

// Pure, and on every platform that has run JavaScript since 2020; the package's types know neither DOM nor Node.
declare const TextEncoder: new () => {
  encodeInto(text: string, into: Uint8Array): { readonly written: number };
};

const bufferBytes = 1024;
/** Three bytes of UTF-8 for each, and up to three of the salt before. */
const bufferedCharsMax = Math.floor((bufferBytes - 4) / 3);
const words = new Int32Array(bufferBytes / 4);
/** The same memory after 0, 1, 2 or 3 bytes of the salt. */
const views = [0, 1, 2, 3].map((offset) => new Uint8Array(words.buffer, offset));
const encoder = typeof TextEncoder === 'undefined' || !isLittleEndian() ? undefined : new TextEncoder();
const digits = new Uint8Array(20);

function isLittleEndian(): boolean {
  return new Uint8Array(Int32Array.of(1).buffer)[0] === 1;
}

// Constants, not declarations: engines take a declared function for a variable and look at it before each call.
const scramble = (block: number): number => {
  const product = Math.imul(block, c1);
  return Math.imul((product << 15) | (product >>> 17), c2);
};

const mixBlock = (hash: number, block: number): number => {
  const mixed = hash ^ scramble(block);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
};

/** Mixes the last, incomplete block (scrambling no bytes yields 0) and the length, then avalanches. */
const finish = (hash: number, pending: number, byteLength: number): number => {
  let mixed = hash ^ scramble(pending) ^ byteLength;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
};

/**
 * The state of the hash after some text: a salt hashed once, at compile time. It must not end in a high surrogate: that
 * could pair with what follows.
 */
export class HashPrefix {
  /** State after the whole blocks of four bytes. */
  readonly hash: number;
  /** The bytes after the last whole block, little-endian, and how many bits they are: 0, 8, 16 or 24. */
  readonly pending: number;
  readonly pendingBits: number;
  readonly byteLength: number;
  /** Where the text goes in the buffer, after the pending bytes. */
  readonly into: Uint8Array;

  constructor(salt: string, seed = 0) {
    const state = { hash: seed | 0, pending: 0, pendingBits: 0, byteLength: 0 };
    absorb(state, salt);
    this.hash = state.hash;
    this.pending = state.pending;
    this.pendingBits = state.pendingBits;
    this.byteLength = state.byteLength;
    this.into = views[state.pendingBits >> 3]!;
  }

  /** The hash of the prefix's text followed by `text`, signed. */
  hashText(text: string): number {
    // One comparison for both ends, because 0 - 1 is the largest unsigned number.
    if (hashAscii !== undefined && (text.length - 1) >>> 0 < asciiMax)
      return hashAscii(text, this, this.hash, this.pending, this.byteLength);
    return this.hashEncoded(text);
  }

  /** As `hashText`, by an encoder where there is one. */
  hashEncoded(text: string): number {
    if (encoder === undefined || (text.length - 1) >>> 0 >= bufferedCharsMax) return hashUnits(this, text);
    words[0] = this.pending;
    const { written } = encoder.encodeInto(text, this.into);
    const total = (this.pendingBits >>> 3) + written;
    const whole = total >>> 2;
    let { hash } = this;
    for (let i = 0; i < whole; i++) hash = mixBlock(hash, words[i]!);
    // What an earlier text left in the last word is masked away.
    const rest = words[whole]! & ((1 << ((total & 3) << 3)) - 1);
    return finish(hash, rest, this.byteLength + written);
  }
}

const hashAscii = compileHashAscii((text, prefix) => prefix.hashEncoded(text));
// Engines look an imported constant up, and know one of the module.
const asciiMax = asciiCharsMax;

/** MurmurHash3 x86 32-bit over the UTF-8 bytes of the text, unsigned. A lone surrogate is hashed as U+FFFD. */
export function murmur3(text: string, seed = 0): number {
  return (seed === 0 ? unsalted : prefixOf('', seed)).hashText(text) >>> 0;
}

/** Hashes a salt once. It must not end in a high surrogate: that could pair with what follows. */
export function prefixOf(salt: string, seed = 0): HashPrefix {
  return new HashPrefix(salt, seed);
}

const unsalted = prefixOf('');

/** The hash of the prefix's text followed by `text`, signed. */
export function hashText(prefix: HashPrefix, text: string): number {
  return prefix.hashText(text);
}

/** As `hashText`, over the code units, for texts of any length. */
export function hashUnits(prefix: HashPrefix, text: string): number {
  let { hash, pending, pendingBits } = prefix;
  const length = text.length;
  let i = 0;
  // Characters that complete the salt's last block; then the text's own blocks are aligned.
  for (; pendingBits !== 0 && i < length; i++) {
    const a = text.charCodeAt(i);
    if (a > 127) return hashUnicode(prefix, text);
    pending |= a << pendingBits;
    pendingBits += 8;
    if (pendingBits === 32) {
      hash = mixBlock(hash, pending);
      pending = 0;
      pendingBits = 0;
    }
  }
  for (const end = length - 3; i < end; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    if ((a | b | c | d) > 127) return hashUnicode(prefix, text);
    hash = mixBlock(hash, a | (b << 8) | (c << 16) | (d << 24));
  }
  for (; i < length; i++) {
    const a = text.charCodeAt(i);
    if (a > 127) return hashUnicode(prefix, text);
    pending |= a << pendingBits;
    pendingBits += 8;
  }
  return finish(hash, pending, prefix.byteLength + length);
}

/** The hash of the prefix's text followed by the decimal digits of a safe integer, signed. */
export function hashInteger(prefix: HashPrefix, value: number): number {
  let rest = Math.abs(value);
  let first = digits.length;
  do {
    const next = Math.floor(rest / 10);
    digits[--first] = 48 + (rest - next * 10);
    rest = next;
  } while (rest !== 0);
  if (value < 0) digits[--first] = 45;
  let { hash, pending, pendingBits } = prefix;
  for (let i = first; i < digits.length; i++) {
    pending |= digits[i]! << pendingBits;
    pendingBits += 8;
    if (pendingBits === 32) {
      hash = mixBlock(hash, pending);
      pending = 0;
      pendingBits = 0;
    }
  }
  return finish(hash, pending, prefix.byteLength + digits.length - first);
}

function hashUnicode(prefix: HashPrefix, text: string): number {
  let { hash, pending, pendingBits, byteLength } = prefix;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i)!;
    if (point > 0xffff) i++;
    const bytes = utf8Bytes(point);
    const count = utf8Length(point);
    pending |= bytes << pendingBits;
    const bits = pendingBits + count * 8;
    if (bits >= 32) {
      hash = mixBlock(hash, pending);
      pending = pendingBits === 0 ? 0 : bytes >>> (32 - pendingBits);
      pendingBits = bits - 32;
    } else pendingBits = bits;
    byteLength += count;
  }
  return finish(hash, pending, byteLength);
}

interface HashState {
  hash: number;
  pending: number;
  pendingBits: number;
  byteLength: number;
}

/** The same walk as `hashUnicode`, keeping the state: used at compile time only, so that the hot one needs no object. */
function absorb(state: HashState, text: string): void {
  for (const character of text) {
    const point = character.codePointAt(0)!;
    const bytes = utf8Bytes(point);
    const bits = state.pendingBits + utf8Length(point) * 8;
    state.byteLength += utf8Length(point);
    state.pending |= bytes << state.pendingBits;
    if (bits >= 32) {
      state.hash = mixBlock(state.hash, state.pending);
      state.pending = state.pendingBits === 0 ? 0 : bytes >>> (32 - state.pendingBits);
    }
    state.pendingBits = bits % 32;
  }
}

function utf8Length(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/** The UTF-8 bytes of a code point, the first one lowest. */
function utf8Bytes(point: number): number {
  if (point < 0x80) return point;
  if (point < 0x800) return 0xc0 | (point >> 6) | (continuation(point) << 8);
  if (point >= 0xd800 && point <= 0xdfff) return 0xbdbfef;
  if (point < 0x10000)
    return 0xe0 | (point >> 12) | (continuation(point >> 6) << 8) | (continuation(point) << 16);
  return (
    0xf0 |
    (point >> 18) |
    (continuation(point >> 12) << 8) |
    (continuation(point >> 6) << 16) |
    (continuation(point) << 24)
  );
}

function continuation(bits: number): number {
  return 0x80 | (bits & 0x3f);
}
