// Instants as RFC 3339 texts with offset. Pure: the same everywhere, whatever the machine's time zone.

const shape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** What RFC 3339 and protobuf's timestamps can say, by UTC. */
const instantMsMin = Date.parse('0001-01-01T00:00:00Z');
export const instantMsMax = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Unix milliseconds, or undefined for anything that is no instant with an offset of the years 1 to 9999. */
export function parseInstant(text: unknown): number | undefined {
  if (typeof text !== 'string' || !shape.test(text)) return undefined;
  const unixMs = Date.parse(text);
  return unixMs >= instantMsMin && unixMs <= instantMsMax ? unixMs : undefined;
}
