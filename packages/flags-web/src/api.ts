// The HTTP face of the core: unary methods, the stream, the beacon. The key travels in a header or body, never in a URL;
// cookies never do.
import { callTimeoutMs } from './limits.ts';
import { readLines } from './lines.ts';

/** The body of an answer, parsed; status 0 and an empty body when there was none. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Api {
  /** Calls a unary method, e.g. `SyncService/GetSnapshot`. Never rejects. */
  call(method: string, request: object): Promise<Answer>;
  /** Opens the stream; resolves when it ends, for whatever reason. Never rejects. */
  watch(
    request: object,
    signal: AbortSignal,
    onOpen: () => void,
    onMessage: (message: object) => void,
  ): Promise<void>;
  /** Hands a batch to the browser to be sent even though the page ends; false when it would not take it. */
  beacon(request: object): boolean;
}

/** `onError` is told what the server refused, and why. */
export const createApi = (url: string, key: string, onError: (error: Error) => void): Api => {
  const post = async (path: string, request: object, signal: AbortSignal): Promise<Response> => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
      body: JSON.stringify(request),
      credentials: 'omit',
      signal,
    });
    if (!response.ok) onError(Error(`${path}: ${response.status}`));
    return response;
  };
  return {
    async call(method, request) {
      try {
        const response = await post(`/flags.v1.${method}`, request, AbortSignal.timeout(callTimeoutMs));
        return { status: response.status, body: (await response.json()) as Answer['body'] };
      } catch {
        return { status: 0, body: {} };
      }
    },
    async watch(request, signal, onOpen, onMessage) {
      try {
        const { ok, body } = await post('/v1/watch', request, signal);
        if (!ok) return;
        onOpen();
        await readLines(body!, (line) => onMessage(JSON.parse(line) as object));
      } catch {
        // Cut, refused or aborted: the caller learns that it ended.
      }
    },
    beacon(request) {
      try {
        // A text body needs no preflight, which a page that ends could not wait for.
        return navigator.sendBeacon(`${url}/v1/beacon`, JSON.stringify({ key, request }));
      } catch {
        return false;
      }
    },
  };
};
