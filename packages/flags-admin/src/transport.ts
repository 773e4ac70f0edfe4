// Calls methods of the core over its HTTP bridge and repeats what is safe to repeat. Knows no method by name; the key
// travels in a header only.
import { UnavailableError, type AdminError } from './errors.ts';
import type { Platform } from './platform.ts';
import { readError } from './read-error.ts';

/** What every call may be given. */
export interface CallOptions {
  /** Ends the call; what it waits for is given up. */
  readonly signal?: AbortSignal | undefined;
}

export interface Call extends CallOptions {
  /** True when doing it twice is the same as doing it once. */
  readonly repeatable: boolean;
}

/** Calls `AdminService/Commit` and the like with proto3 JSON. */
export type Transport = (method: string, request: object, call: Call) => Promise<Record<string, unknown>>;

export interface TransportSettings {
  readonly url: string;
  readonly key: string;
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Attempts in all. */
  readonly attemptsMax: number;
}

/** Waits of random(0 … 200 ms × 2^n), at most 5 s; the server's own wish wins, up to 30 s. */
const backoffMs = 200;
const backoffMsMax = 5_000;
const askedMsMax = 30_000;

export function createTransport(
  { url, key, timeoutMs, attemptsMax }: TransportSettings,
  { fetch, pause, random }: Platform,
): Transport {
  const attempt = async (
    method: string,
    body: string,
    signal: AbortSignal | undefined,
  ): Promise<Record<string, unknown>> => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`${url}/flags.v1.${method}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
      body,
      credentials: 'omit',
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw unreachable(timeout.aborted ? `no answer within ${timeoutMs} ms` : 'no connection', cause);
    });
    const answer: unknown = await response.json().catch((cause: unknown) => {
      signal?.throwIfAborted();
      if (response.ok) throw unreachable('the answer was cut off', cause);
    });
    if (!response.ok) throw readError(response.status, answer, response.headers);
    return answer as Record<string, unknown>;
  };

  return async (method, request, { repeatable, signal }) => {
    const body = JSON.stringify(request);
    for (let count = 1; ; count += 1) {
      try {
        return await attempt(method, body, signal);
      } catch (error) {
        if (count >= attemptsMax || !mayRepeat(error, repeatable)) throw error;
        const asked = Math.min((error as UnavailableError).retryAfterMs ?? 0, askedMsMax);
        await pause(asked + random() * Math.min(backoffMs * 2 ** (count - 1), backoffMsMax), signal);
      }
    }
  };
}

/** A call that is not repeatable may have been done, unless the server says that it did not begin. */
const mayRepeat = (error: unknown, repeatable: boolean): boolean =>
  error instanceof UnavailableError && (repeatable || error.reason === 'OVERLOADED');

const unreachable = (what: string, cause: unknown): AdminError =>
  new UnavailableError(`the server could not be reached: ${what}`, {
    reason: 'UNREACHABLE',
    status: 0,
    cause,
  });
