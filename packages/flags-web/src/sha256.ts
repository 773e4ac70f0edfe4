// A small synchronous SHA-256 for the salted hashes of literals (docs/spec/wire.md, client view): crypto.subtle is
// asynchronous and an evaluation never waits. Not for secrets: it is not constant-time.
import { hex8 } from '@org/sync/stream';

/** The first 16 hexadecimal digits of SHA-256 over the UTF-8 bytes of `text` (less than 256 MB). */
export const sha256Prefix = (text: string): string => {
  const [initial, roundKeys] = (constants ??= deriveConstants());
  const blocks = pad(new TextEncoder().encode(text));
  const schedule = new Int32Array(64);
  let state = initial;
  for (let offset = 0; offset < blocks.length; offset += 16) {
    state = compress(state, blocks.subarray(offset, offset + 16), schedule, roundKeys);
  }
  return hex8(state[0]!) + hex8(state[1]!);
};

type Constants = readonly [initial: Int32Array, roundKeys: Int32Array];
let constants: Constants | undefined;

/**
 * The fractions of square and cube roots of the first primes, instead of a table of 72 numbers. Every fraction is far
 * enough from a neighbour for engines that round `**` differently (checked in sha256.test.ts).
 */
const deriveConstants = (): Constants => {
  const initial = new Int32Array(8);
  const roundKeys = new Int32Array(64);
  const primes: number[] = [];
  for (let candidate = 2; primes.length < 64; candidate++) {
    if (primes.some((prime) => candidate % prime === 0)) continue;
    initial[primes.length] = (candidate ** 0.5 % 1) * 2 ** 32;
    roundKeys[primes.length] = (candidate ** (1 / 3) % 1) * 2 ** 32;
    primes.push(candidate);
  }
  return [initial, roundKeys];
};

const pad = (bytes: Uint8Array): Int32Array => {
  const words = new Int32Array((((bytes.length + 8) >> 6) + 1) * 16);
  for (let i = 0; i <= bytes.length; i++) words[i >> 2]! |= (bytes[i] ?? 0x80) << (24 - (i & 3) * 8);
  words[words.length - 1] = bytes.length * 8;
  return words;
};

const compress = (state: Int32Array, block: Int32Array, w: Int32Array, roundKeys: Int32Array): Int32Array => {
  let s = Array.from(state);
  for (let i = 0; i < 64; i++) {
    const near = w[i - 15]!;
    const far = w[i - 2]!;
    w[i] =
      i < 16
        ? block[i]!
        : w[i - 16]! +
          w[i - 7]! +
          (turn(near, 7) ^ turn(near, 18) ^ (near >>> 3)) +
          (turn(far, 17) ^ turn(far, 19) ^ (far >>> 10));
    const [a, b, c, d, e, f, g, h] = s as [number, number, number, number, number, number, number, number];
    const first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + roundKeys[i]! + w[i]!;
    const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    s = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g];
  }
  return state.map((word, i) => word + s[i]!);
};

const turn = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));
