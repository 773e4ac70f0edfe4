// The 64 fixed virtual partitions of units. Fixed for ever: sums are taken inside a partition and merged in the order of
// the partitions, so that results do not depend on how many processes share them.
import { murmur3 } from '@org/evaluator';

export const partitionCount = 64;
const shift = 32 - 6;

/** The partition of a unit's key: the top six bits of its hash. */
export const partitionOf = (unit: string): number => murmur3(unit) >>> shift;

/** The same of a key that lies in bytes, in UTF-8: no string is made. */
export function partitionOfBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0;
  const whole = to - ((to - from) & 3);
  for (let at = from; at < whole; at += 4)
    hash = mixed(hash, bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
  let rest = 0;
  for (let at = to - 1; at >= whole; at -= 1) rest = (rest << 8) | bytes[at]!;
  hash ^= scrambled(rest) ^ (to - from);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> shift;
}

const turned = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

const scrambled = (block: number): number =>
  Math.imul(turned(Math.imul(block, 0xcc9e_2d51), 15), 0x1b87_3593);

const mixed = (hash: number, block: number): number =>
  (Math.imul(turned(hash ^ scrambled(block), 13), 5) + 0xe654_6b64) | 0;
