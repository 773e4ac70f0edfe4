// The hashes of docs/spec/wire.md: they show damage and drift between a client and the server. They are no protection
// against forgery. Must stay equal, bit for bit, on every platform.
import { murmur3 } from '@org/evaluator';

const highSeed = 0;
const lowSeed = 0x9747b28c;

/** A 32-bit word, signed or not, as 8 lower-case hexadecimal digits. */
export const hex8 = (half: number): string => (half >>> 0).toString(16).padStart(8, '0');

/** 64-bit hash of a text's UTF-8 bytes, as 16 lower-case hexadecimal digits. */
export const hash64 = (text: string): string => hex8(murmur3(text, highSeed)) + hex8(murmur3(text, lowSeed));

/** Hash of a document's canonical JSON, taken over the text as it was received. */
export const contentHash = hash64;

/** A document's part in the hash of its view. */
export const entryHash = (kind: string, key: string, content: string): string =>
  hash64(`${kind}/${key}@${content}`);

/** Hash of a place in history, so that damage to it shows as damage to documents does. */
export const positionHash = (position: {
  readonly historyId: string;
  readonly revision: number;
  readonly hash: string;
}): string => hash64(`${position.historyId}@${position.revision}@${position.hash}`);

/** The hash of a view without documents. */
export const emptyViewHash = '0000000000000000';

/** The order-free sum of entry hashes modulo 2^64, kept incrementally. */
export interface ViewHash {
  /** 16 lower-case hexadecimal digits. */
  readonly hex: string;
  /** Takes an entry hash in. */
  add(entry: string): void;
  /** Takes out an entry hash that was added before. */
  remove(entry: string): void;
}

/** Starts at the given hash, or at the hash of an empty view. Two 32-bit halves with carry: BigInt would allocate. */
export const createViewHash = (start: string = emptyViewHash): ViewHash => {
  let high = parseInt(start.slice(0, 8), 16);
  let low = parseInt(start.slice(8), 16);
  const move = (entry: string, sign: 1 | -1): void => {
    const sum = low + sign * parseInt(entry.slice(8), 16);
    const carry = Math.floor(sum / 0x1_0000_0000);
    low = sum >>> 0;
    high = (high + sign * parseInt(entry.slice(0, 8), 16) + carry) >>> 0;
  };
  return {
    get hex() {
      return hex8(high) + hex8(low);
    },
    add: (entry) => move(entry, 1),
    remove: (entry) => move(entry, -1),
  };
};
