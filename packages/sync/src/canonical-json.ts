// Canonical JSON (docs/spec/wire.md, RFC 8785): the one text of a value that all hashes are taken over. Reads own
// properties only.

/**
 * The canonical text of a JSON value: members sorted by UTF-16 code units, no white space, numbers and strings as
 * `JSON.stringify` writes them. What JSON does not know (undefined, functions) is left out of objects and null in arrays.
 */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members: string[] = [];
  for (const name of Object.keys(value).sort()) {
    const member: unknown = (value as Readonly<Record<string, unknown>>)[name];
    if (member !== undefined && typeof member !== 'function') {
      members.push(`${JSON.stringify(name)}:${canonicalJson(member)}`);
    }
  }
  return `{${members.join(',')}}`;
};
