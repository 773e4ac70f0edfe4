// Membership of units in a list of targeting keys. A numeric unit belongs when its decimal digits are listed.
import type { Unit } from './attributes.ts';

export type Digest = (salt: string, literal: string) => string;

/** Values by targeting key. */
export interface KeyMap<T> {
  get(unit: Unit): T | undefined;
}

/** Keys and their values; the first of equal keys counts. With a salt the keys are salted hashes. */
export function compileKeyMap<T>(
  entries: Iterable<readonly [string, T]>,
  hashed: string | undefined,
  digest: Digest | undefined,
): KeyMap<T> {
  const values = new Map<Unit, T>();
  for (const [key, value] of entries) {
    if (values.has(key)) continue;
    values.set(key, value);
    if (hashed === undefined && isDecimal(key)) values.set(Number(key), value);
  }
  if (hashed === undefined) return values;
  return { get: (unit) => (digest === undefined ? undefined : values.get(digest(hashed, String(unit)))) };
}

/** True when the text is what a safe integer looks like as a unit. */
function isDecimal(key: string): boolean {
  return Number.isSafeInteger(Number(key)) && String(Number(key)) === key;
}
