// Instants as RFC 3339 texts with offset. Pure: the same everywhere, whatever the machine's time zone.

const shape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Unix milliseconds, or undefined for anything that is no instant with an offset. */
export function parseInstant(text: unknown): number | undefined {
  if (typeof text !== 'string' || !shape.test(text)) return undefined;
  const unixMs = Date.parse(text);
  return Number.isNaN(unixMs) ? undefined : unixMs;
}
