// Enums of proto3 are open: a newer peer may send a number that this version does not know, and the rest of its message
// still counts. For binary messages only; JSON stays strict.

/** The member that the generated `fromJSON` knows for the number, or else the first one (0, unspecified). */
export function openEnum<T>(fromJSON: (value: unknown) => T, value: number): T {
  try {
    return fromJSON(value);
  } catch {
    return fromJSON(0);
  }
}
