// Keeps an open stream honest: it ends when its key ends or loses its role, and when the server shuts down. Counts it
// while it is open.
import type { Fault, Result } from '@org/contract';
import type { Session } from '../../access/session.ts';
import type { Caller } from '../../application.ts';
import type { Cancel } from '../../runtime.ts';
import type { OpenStreams } from '../open-streams.ts';

export interface GuardedStream {
  readonly session: Session;
  readonly streams: OpenStreams;
  /** Whether the caller may still do what the stream does, with the roles it has now. */
  authorize(caller: Caller): Result<unknown>;
  /** Ends the stream. */
  end(fault: Fault): void;
}

/** Watches over a stream until the result is called. A fault: it may not be opened. */
export function guardStream(guarded: GuardedStream): { readonly close: Cancel } | { readonly fault: Fault } {
  const { session, streams } = guarded;
  const opened = streams.open(session.caller.keyId, (fault) => guarded.end(fault));
  if ('fault' in opened) return opened;
  const unlisten = session.listen({
    ended: (fault) => guarded.end(fault),
    changed(caller) {
      const allowed = guarded.authorize(caller);
      if (!allowed.ok) guarded.end(allowed.fault);
    },
  });
  return {
    close() {
      unlisten();
      opened.close();
    },
  };
}
