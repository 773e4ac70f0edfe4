// The streams that are open: how many each key has, and the way to end them all. Must never hold a stream that has ended.
import { fail } from '@org/contract';
import type { Fault } from '@org/contract';
import type { Cancel } from '../runtime.ts';

export interface OpenStreams {
  /** Counts a stream in, or says why it may not be opened. The result of a success counts it out. */
  open(keyId: string, end: (fault: Fault) => void): { readonly close: Cancel } | { readonly fault: Fault };
  /** Ends every stream that is open now. */
  endAll(fault: Fault): void;
  readonly count: number;
}

/** The fault of streams that end because the server does. */
export const shuttingDown: Fault = fail('SHUTTING_DOWN', 'The server is shutting down.', {
  retryAfterMs: 1_000,
}).fault;

/** Any number of streams may share a key up to `perKeyMax`, and the server up to `streamsMax`. */
export function createOpenStreams(perKeyMax: number, streamsMax: number): OpenStreams {
  const streams = new Set<(fault: Fault) => void>();
  const perKey = new Map<string, number>();
  let closing: Fault | undefined;

  function open(keyId: string, end: (fault: Fault) => void): ReturnType<OpenStreams['open']> {
    if (closing !== undefined) return { fault: closing };
    const ofKey = perKey.get(keyId) ?? 0;
    if (ofKey >= perKeyMax) return tooMany(`The key ${keyId} has`, perKeyMax);
    if (streams.size >= streamsMax) return tooMany('The server has', streamsMax);
    // A set holds an object once, and two streams might share their function.
    const entry = (fault: Fault): void => end(fault);
    streams.add(entry);
    perKey.set(keyId, ofKey + 1);
    return { close: () => void (streams.delete(entry) && release(keyId)) };
  }

  function release(keyId: string): void {
    const left = (perKey.get(keyId) ?? 1) - 1;
    if (left === 0) perKey.delete(keyId);
    else perKey.set(keyId, left);
  }

  function endAll(fault: Fault): void {
    closing = fault;
    for (const end of [...streams]) end(fault);
  }

  return {
    open,
    endAll,
    get count() {
      return streams.size;
    },
  };
}

function tooMany(who: string, max: number): { readonly fault: Fault } {
  return fail('LIMIT_EXCEEDED', `${who} ${max} open streams; there may be no more.`, {
    retryAfterMs: 10_000,
  });
}
