// Finds the key in what a call carries. Must never look into a URL: URLs are logged by everyone on the way.

const bearer = /^bearer +(\S+) *$/i;
const keyShape = /^flags_[psc]_[\w-]{1,300}$/;

/** What was found: nothing, something that cannot be a key, or the text of one. */
export type FoundKey =
  { readonly state: 'none' | 'malformed' } | { readonly state: 'key'; readonly secret: string };

const none: FoundKey = { state: 'none' };
const malformed: FoundKey = { state: 'malformed' };

/** Reads `Authorization: Bearer <key>`, else `X-API-Key: <key>`. Both at once must be the same key. */
export function readKey(authorization: string | undefined, apiKey: string | undefined): FoundKey {
  if (authorization === undefined) return apiKey === undefined ? none : checkKey(apiKey);
  const secret = readBearer(authorization);
  if (secret === undefined || (apiKey !== undefined && apiKey !== secret)) return malformed;
  return checkKey(secret);
}

/** What stands behind "Bearer", whatever it is. */
export const readBearer = (authorization: string): string | undefined => bearer.exec(authorization)?.[1];

/** A text that stands where a key should, e.g. in the body of a beacon. */
export function checkKey(text: unknown): FoundKey {
  return typeof text === 'string' && keyShape.test(text) ? { state: 'key', secret: text } : malformed;
}
