// Knows who calls: the sessions of the keys in use, so that authentication is one look-up per call. Keeps what it knows
// fresh (a key that ended or a role that changed is seen within seconds) and tells open streams. Must never log a key.
import { fail, succeed } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import type { AccessDirectory, Caller } from '../application.ts';
import type { Cancel, Runtime } from '../runtime.ts';

/** What an open stream wants to know about the key it was opened with. */
export interface SessionListener {
  /** The key was revoked or expired, or its principal disabled: end the stream. */
  ended(fault: Fault): void;
  /** The principal's roles may be others now: authorise again. */
  changed(caller: Caller): void;
}

/** A key in use. One object per key, whatever number of calls it makes. */
export interface Session {
  readonly caller: Caller;
  /** Registers an open stream; the result unregisters it. */
  listen(listener: SessionListener): Cancel;
}

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
  readonly directory: Pick<AccessDirectory, 'authenticate' | 'onKeyEnded'>;
  readonly runtime: Runtime;
  /** How long a changed role may go unnoticed. */
  readonly refreshIntervalMs?: number;
  readonly sessionsMax?: number;
}

interface LiveSession extends Session {
  caller: Caller;
  used: boolean;
  readonly secret: string;
  readonly listeners: Set<SessionListener>;
  cancelExpiry: Cancel;
}

/** The answer to a key that is unknown, revoked or expired: the caller does not learn which. */
export const unauthenticated: Fault = fail(
  'UNAUTHENTICATED',
  'The key is missing, unknown, revoked or expired.',
).fault;

/** Starts with no session; `close` ends its timer and forgets every key. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { directory, runtime, refreshIntervalMs = 10_000, sessionsMax = 50_000 } = options;
  const sessions = new Map<string, LiveSession>();
  const pending = new Map<string, Promise<Result<Session>>>();
  const cancelRefresh = runtime.every(refreshIntervalMs, () => void refresh());
  const cancelEnded = directory.onKeyEnded((keyId) => {
    for (const session of sessions.values()) if (session.caller.keyId === keyId) end(session);
  });

  function cached(secret: string): Session | undefined {
    const session = sessions.get(secret);
    if (session === undefined) return undefined;
    session.used = true;
    if (session.caller.expiresAtMs === undefined || session.caller.expiresAtMs > runtime.now())
      return session;
    end(session);
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
    const found = await directory.authenticate(secret);
    if (!found.ok) return found;
    return found.value === undefined
      ? { ok: false, fault: unauthenticated }
      : succeed(admit(secret, found.value));
  }

  function admit(secret: string, caller: Caller): Session {
    const listeners = new Set<SessionListener>();
    const listen = (listener: SessionListener): Cancel => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    const session: LiveSession = {
      caller,
      used: true,
      secret,
      listeners,
      listen,
      cancelExpiry: () => undefined,
    };
    sessions.set(secret, session);
    watchExpiry(session);
    if (sessions.size > sessionsMax) forgetOldestIdle();
    return session;
  }

  /** A delay is cut to what a timer takes, so the timer looks again when it fires. */
  function watchExpiry(session: LiveSession): void {
    session.cancelExpiry();
    const { expiresAtMs } = session.caller;
    if (expiresAtMs === undefined) return;
    session.cancelExpiry = runtime.after(expiresAtMs - runtime.now(), () =>
      expiresAtMs <= runtime.now() ? end(session) : watchExpiry(session),
    );
  }

  function end(session: LiveSession): void {
    session.cancelExpiry();
    sessions.delete(session.secret);
    for (const listener of [...session.listeners]) listener.ended(unauthenticated);
    session.listeners.clear();
  }

  function forgetOldestIdle(): void {
    for (const session of sessions.values()) {
      if (session.listeners.size > 0) continue;
      session.cancelExpiry();
      sessions.delete(session.secret);
      return;
    }
  }

  async function refresh(): Promise<void> {
    await Promise.all([...sessions.values()].map((session) => refreshOne(session)));
  }

  async function refreshOne(session: LiveSession): Promise<void> {
    if (!session.used && session.listeners.size === 0) {
      session.cancelExpiry();
      sessions.delete(session.secret);
      return;
    }
    session.used = false;
    const found = await directory.authenticate(session.secret);
    // A store that does not answer ends nobody: what was last known stays, reads go on from memory (R15).
    if (!found.ok || sessions.get(session.secret) !== session) return;
    if (found.value === undefined) end(session);
    else if (!sameRights(session.caller, found.value)) change(session, found.value);
  }

  function change(session: LiveSession, caller: Caller): void {
    session.caller = caller;
    watchExpiry(session);
    for (const listener of [...session.listeners]) listener.changed(caller);
  }

  function close(): void {
    cancelRefresh();
    cancelEnded();
    for (const session of sessions.values()) session.cancelExpiry();
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

function sameRights(a: Caller, b: Caller): boolean {
  return a === b || JSON.stringify(rightsOf(a)) === JSON.stringify(rightsOf(b));
}

function rightsOf({ keyId, keyKind, principal, environmentId, expiresAtMs }: Caller): unknown {
  return [
    keyId,
    keyKind,
    environmentId,
    expiresAtMs,
    principal?.id,
    principal?.name,
    principal?.disabled,
    principal?.roles,
  ];
}
