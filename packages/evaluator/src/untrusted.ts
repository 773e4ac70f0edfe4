// Reads parsed JSON that nobody has checked. Looks at own properties only; names like `__proto__` are names.

export type UntrustedRecord = Readonly<Record<string, unknown>>;

/** True for objects that are no arrays. */
export function isRecord(value: unknown): value is UntrustedRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own member, or undefined. */
export function own(record: UntrustedRecord, name: string): unknown {
  const value = record[name];
  return value === undefined || Object.hasOwn(record, name) ? value : undefined;
}

/** An own member that is a list; anything else counts as an empty one. */
export function ownList(record: UntrustedRecord, name: string): readonly unknown[] {
  const value = own(record, name);
  return Array.isArray(value) ? value : [];
}

/** A value as a name in a sentence: a text as it is, anything else by its type. */
export function nameIn(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 256) : typeof value;
}
