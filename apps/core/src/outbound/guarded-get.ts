// GET of an address that a document names. Must never be given a key or a context.
import type { AllowList } from './address-rules.ts';
import { createGuardedRequest, type Fetched, type ResolveHost } from './guarded-request.ts';

export { bodyBytesMax, type Fetched, type ResolveHost } from './guarded-request.ts';

export type GuardedGet = (url: string) => Promise<Fetched>;

/** `resolve` is replaced in tests. */
export function createGuardedGet(allowed: AllowList, resolve?: ResolveHost): GuardedGet {
  const send = createGuardedRequest(allowed, resolve);
  return (url) => send(url, { method: 'GET', headers: {} });
}
