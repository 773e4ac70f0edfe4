// Knows who calls: the sessions of the keys in use, so that authentication is one look-up per call. Keeps what it knows
// fresh (a key that ended or a role that changed holds with the next call) and tells open streams. Must never log a key.
import { fail, succeed } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import type { AccessDirectory, Caller } from '../application.ts';
import type { Runtime } from '../runtime.ts';
import { createSession, sameRights } from './session.ts';
import type { OwnedSession, Session } from './session.ts';

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
  const sessions = new Map<string, OwnedSession>();
  const pending = new Map<string, Promise<Result<Session>>>();
  let generation = 0;
  const cancelRefresh = runtime.every(refreshIntervalMs, () => void refresh());
  const cancelEnded = directory.onKeyEnded((keyId) => {
    for (const [secret, session] of sessions) if (session.caller.keyId === keyId) end(secret, session);
  });

  // Until the directory has answered anew, nothing that was known before lets a call in.
  const cancelChanged = directory.onAccessChanged(() => {
    generation += 1;
    for (const [secret, session] of sessions) if (session.streams > 0) void recheck(secret, session);
  });

  function cached(secret: string): Session | undefined {
    const session = sessions.get(secret);
    if (session === undefined) return undefined;
    session.used = true;
    if (!session.isExpired()) return session.generation === generation ? session : undefined;
    end(secret, session);
    return undefined;
  }

  function authenticate(secret: string): Promise<Result<Session>> {
    const known = cached(secret);
    if (known !== undefined) return Promise.resolve(succeed(known));
    let asked = pending.get(secret);
    if (asked === undefined) {
      asked = ask(secret).finally(() => pending.delete(secret));
      pending.set(secret, asked);
    }
    return asked;
  }

  async function ask(secret: string): Promise<Result<Session>> {
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
      : succeed(admit(secret, found.value, asked));
  }

  function admit(secret: string, caller: Caller, asked: number): Session {
    const session: OwnedSession = createSession(caller, runtime, () => end(secret, session));
    session.generation = asked;
    sessions.set(secret, session);
    if (sessions.size > sessionsMax) forgetOldestIdle(sessions);
    return session;
  }

  function end(secret: string, session: OwnedSession): void {
    sessions.delete(secret);
    session.end(unauthenticated);
  }

  async function refresh(): Promise<void> {
    await Promise.all([...sessions].map(([secret, session]) => refreshOne(secret, session)));
  }

  async function refreshOne(secret: string, session: OwnedSession): Promise<void> {
    if (!session.used && session.streams === 0) {
      session.forget();
      sessions.delete(secret);
      return;
    }
    session.used = false;
    await recheck(secret, session);
  }

  async function recheck(secret: string, session: OwnedSession): Promise<void> {
    const asked = generation;
    const found = await directory.authenticate(secret);
    // A store that does not answer ends nobody: what was last known stays, reads go on from memory (R15).
    if (!found.ok || sessions.get(secret) !== session) return;
    if (found.value === undefined) end(secret, session);
    else {
      session.generation = asked;
      if (!sameRights(session.caller, found.value)) session.change(found.value);
    }
  }

  function close(): void {
    cancelRefresh();
    cancelEnded();
    cancelChanged();
    for (const session of sessions.values()) session.forget();
    sessions.clear();
  }

  return {
    cached,
    authenticate,
    refresh,
    close,
    get sessions() {
      return sessions.size;
    },
  };
}

function forgetOldestIdle(sessions: Map<string, OwnedSession>): void {
  for (const [secret, session] of sessions) {
    if (session.streams > 0) continue;
    session.forget();
    sessions.delete(secret);
    return;
  }
}
