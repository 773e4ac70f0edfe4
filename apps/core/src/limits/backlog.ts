// What one stream has not taken yet, in bytes: the measure by which a slow client is ended before it costs memory.
import type { ByteBudget } from './byte-budget.ts';

export interface Backlog {
  /** Counts a message in. False: the stream is to be ended, nothing was counted. */
  add(bytes: number): boolean;
  /** Counts a message out that the client has taken. */
  done(bytes: number): void;
  /** Counts everything out. Later calls do nothing. */
  close(): void;
}

/**
 * A message larger than `bytesMax` (a snapshot) may always follow a small backlog and does not count against what comes
 * behind it: a client is slow when it leaves `bytesMax` of changes unread, not when it is sent much at once.
 */
export function createBacklog(bytesMax: number, shared: ByteBudget): Backlog {
  let pending = 0;
  let allowance = 0;
  let closed = false;
  return {
    add(bytes) {
      if (closed || pending > bytesMax + allowance || !shared.take(bytes)) return false;
      pending += bytes;
      if (bytes > bytesMax) allowance += bytes;
      return true;
    },
    done(bytes) {
      if (closed) return;
      shared.give(bytes);
      pending -= bytes;
      if (pending === 0) allowance = 0;
    },
    close() {
      if (closed) return;
      closed = true;
      shared.give(pending);
    },
  };
}
