// Values of variants: their types, and their protection from whoever receives them.
import type { FlagType, JsonValue } from '@org/contract/model';

/** True when the value is of the flag type. Objects include lists; null is no value. */
export function hasType(value: unknown, type: FlagType): value is JsonValue {
  if (type === 'object') return typeof value === 'object' && value !== null;
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value);
  return typeof value === type;
}

/** Freezes a value with all it holds: the same object is served to everybody. Without recursion, so any depth will do. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const open: unknown[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null || Object.isFrozen(next)) continue;
    Object.freeze(next);
    for (const member of Object.values(next) as unknown[]) open.push(member);
  }
  return value;
}
