// The sessions of the keys in use, by key: at most so many, and the one that has waited longest without a stream goes first.
import type { Fault } from '@org/contract';
import type { Caller } from '../application.ts';
import type { Runtime } from '../runtime.ts';
import { createSession, type OwnedSession } from './session.ts';

export interface Sessions {
  readonly size: number;
  get(secret: string): OwnedSession | undefined;
  all(): Iterable<readonly [string, OwnedSession]>;
  /** A session for the caller, as the directory told at that generation. */
  admit(secret: string, caller: Caller, generation: number): OwnedSession;
  /** The key is valid no more: its streams are told. */
  end(secret: string): void;
  /** Nobody is told: the key may be asked about again. */
  forget(secret: string): void;
  forgetAll(): void;
}

/** None at first. Keys that expire end with the fault by themselves. */
export function createSessions(runtime: Runtime, sessionsMax: number, ended: Fault): Sessions {
  const sessions = new Map<string, OwnedSession>();
  const end = (secret: string): void => {
    const session = sessions.get(secret);
    sessions.delete(secret);
    session?.end(ended);
  };
  const forget = (secret: string): void => {
    sessions.get(secret)?.forget();
    sessions.delete(secret);
  };
  const forgetOldestIdle = (): void => {
    for (const [secret, { streams }] of sessions) if (streams === 0) return forget(secret);
  };
  return {
    get size() {
      return sessions.size;
    },
    get: (secret) => sessions.get(secret),
    all: () => sessions,
    admit(secret, caller, generation) {
      const session = createSession(caller, runtime, () => end(secret));
      session.generation = generation;
      sessions.set(secret, session);
      if (sessions.size > sessionsMax) forgetOldestIdle();
      return session;
    },
    end,
    forget,
    forgetAll() {
      for (const secret of [...sessions.keys()]) forget(secret);
    },
  };
}
