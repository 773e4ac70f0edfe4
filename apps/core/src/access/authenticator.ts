// Knows who calls: the sessions of the keys in use, so that authentication is one look-up per call. Keeps what it knows
// fresh (a key that ended or a role that changed holds with the next call) and tells open streams. Must never log a key.
import { fail, succeed } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import type { AccessDirectory } from '../application.ts';
import type { Runtime } from '../runtime.ts';
import { sameRights } from './session.ts';
import type { OwnedSession, Session } from './session.ts';
import { createSessions } from './sessions.ts';

export interface Authenticator {
  /** The session of a key seen before, without waiting; undefined says nothing about the key. */
  cached(secret: string): Session | undefined;
  authenticate(secret: string): Promise<Result<Session>>;
  /** Asks again about every key in use, as it does by itself every few seconds. */
  refresh(): Promise<void>;
  readonly sessions: number;
  close(): void;
}

export interface AuthenticatorOptions {
  readonly directory: Pick<AccessDirectory, 'authenticate' | 'onKeyEnded' | 'onAccessChanged'>;
  readonly runtime: Runtime;
  /** How long a change that the directory did not tell of may go unnoticed. */
  readonly refreshIntervalMs?: number;
  readonly sessionsMax?: number;
}

/** The answer to a key that is unknown, revoked or expired: the caller does not learn which. */
export const unauthenticated: Fault = fail(
  'UNAUTHENTICATED',
  'The key is unknown, revoked or expired.',
).fault;

/** Starts with no session; `close` ends its timer and forgets every key. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { directory, runtime, refreshIntervalMs = 10_000, sessionsMax = 50_000 } = options;
  const sessions = createSessions(runtime, sessionsMax, unauthenticated);
  let generation = 0;
  const cancels = [
    runtime.every(refreshIntervalMs, () => void refresh()),
    directory.onKeyEnded((keyId) => {
      for (const [secret, session] of sessions.all())
        if (session.caller.keyId === keyId) sessions.end(secret);
    }),
    // Until the directory has answered anew, nothing that was known before lets a call in.
    directory.onAccessChanged(() => {
      generation += 1;
      for (const [secret, session] of sessions.all()) if (session.streams > 0) void recheck(secret, session);
    }),
  ];

  function cached(secret: string): Session | undefined {
    const session = sessions.get(secret);
    if (session === undefined) return undefined;
    session.used = true;
    if (!session.isExpired()) return session.generation === generation ? session : undefined;
    sessions.end(secret);
    return undefined;
  }

  const ask = oncePerKey(async (secret): Promise<Result<Session>> => {
    const known = sessions.get(secret);
    if (known !== undefined) {
      await recheck(secret, known);
      if (sessions.get(secret) === known) return succeed(known);
    }
    const asked = generation;
    const found = await directory.authenticate(secret);
    if (!found.ok) return found;
    return found.value === undefined
      ? { ok: false, fault: unauthenticated }
      : succeed(sessions.admit(secret, found.value, asked));
  });

  async function refresh(): Promise<void> {
    await Promise.all([...sessions.all()].map(([secret, session]) => refreshOne(secret, session)));
  }

  async function refreshOne(secret: string, session: OwnedSession): Promise<void> {
    if (!session.used && session.streams === 0) return sessions.forget(secret);
    session.used = false;
    await recheck(secret, session);
  }

  async function recheck(secret: string, session: OwnedSession): Promise<void> {
    const asked = generation;
    const found = await directory.authenticate(secret);
    // A store that does not answer ends nobody: what was last known stays, reads go on from memory (R15).
    if (!found.ok || sessions.get(secret) !== session) return;
    if (found.value === undefined) return sessions.end(secret);
    session.generation = asked;
    if (!sameRights(session.caller, found.value)) session.change(found.value);
  }

  return {
    cached,
    authenticate(secret) {
      const known = cached(secret);
      return known === undefined ? ask(secret) : Promise.resolve(succeed(known));
    },
    refresh,
    close() {
      for (const cancel of cancels) cancel();
      sessions.forgetAll();
    },
    get sessions() {
      return sessions.size;
    },
  };
}

/** Many who ask about the same key at once share one question. */
function oncePerKey<T>(ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const pending = new Map<string, Promise<T>>();
  return (key) => {
    let asked = pending.get(key);
    if (asked === undefined) {
      asked = ask(key).finally(() => pending.delete(key));
      pending.set(key, asked);
    }
    return asked;
  };
}
