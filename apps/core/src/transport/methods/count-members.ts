// Counts what a context holds, so that a limit can be put on it. Must not go on counting behind the limit.

/**
 * Members at every depth, counted no further than one beyond the limit. Of lists only objects and lists count: a list of
 * texts is one attribute. So a limit bounds the depth, too.
 */
export function countMembers(value: unknown, max: number, counted = 0): number {
  if (typeof value !== 'object' || value === null) return counted;
  const isList = Array.isArray(value);
  let count = counted;
  for (const key in value) {
    const member: unknown = (value as Readonly<Record<string, unknown>>)[key];
    if (isList && (typeof member !== 'object' || member === null)) continue;
    count = countMembers(member, max, count + 1);
    if (count > max) return count;
  }
  return count;
}
