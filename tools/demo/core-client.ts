// Calls the core's HTTP port as one caller: POST /flags.v1.Service/Method with JSON.
import { call } from '../cluster/admin-client.ts';

/** Calls a method, e.g. `AccessService/CreateProject`. Rejects with a CallError on every answer but success. */
export type CallCore = <T>(method: string, request: object) => Promise<T>;

/** Calls by that key. */
export function coreClient(url: string, key: string): CallCore {
  return (method, request) => call(url, method, request, key);
}
