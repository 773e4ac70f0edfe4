// The 64-bit hash of a list's member (docs/spec/lists.md), as two signed halves: neither is ever boxed.
import type { Unit } from '../attributes.ts';
import { hashInteger, hashText, prefixOf } from '../murmur3.ts';

const high = prefixOf('', 0);
const low = prefixOf('', 0x9747b28c);

/** The upper 32 bits, signed. */
export function memberHigh(unit: Unit): number {
  return typeof unit === 'string' ? hashText(high, unit) : hashInteger(high, unit);
}

/** The lower 32 bits, signed. */
export function memberLow(unit: Unit): number {
  return typeof unit === 'string' ? hashText(low, unit) : hashInteger(low, unit);
}
