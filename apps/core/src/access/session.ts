// One key in use: who it stands for now, when it expires, and the streams that are open with it.
import type { Fault } from '@org/contract';
import type { Caller } from '../application.ts';
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

/** The side of a session that its authenticator holds. */
export interface OwnedSession extends Session {
  /** What the directory was at when it last answered for this key. */
  generation: number;
  /** Asked for since this was last set to false. */
  used: boolean;
  readonly streams: number;
  isExpired(): boolean;
  /** Takes over what the directory says now, and tells the streams. */
  change(caller: Caller): void;
  /** Tells the streams that the key has ended. */
  end(fault: Fault): void;
  /** Stops the timer of the expiry, telling nobody. */
  forget(): void;
}

/** A session of a key that is valid now; `onExpired` is called once its time is up. */
export function createSession(initial: Caller, runtime: Runtime, onExpired: () => void): OwnedSession {
  const listeners = new Set<SessionListener>();
  let caller = initial;
  let cancelExpiry: Cancel = () => undefined;

  const isExpired = (): boolean => caller.expiresAtMs !== undefined && caller.expiresAtMs <= runtime.now();

  /** A delay is cut to what a timer takes, so the timer looks again when it fires. */
  function watchExpiry(): void {
    cancelExpiry();
    if (caller.expiresAtMs === undefined) return;
    const check = (): void => (isExpired() ? onExpired() : watchExpiry());
    cancelExpiry = runtime.after(caller.expiresAtMs - runtime.now(), check);
  }

  watchExpiry();
  return {
    generation: 0,
    used: true,
    isExpired,
    forget: () => cancelExpiry(),
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    change(changed) {
      caller = changed;
      watchExpiry();
      for (const listener of [...listeners]) listener.changed(changed);
    },
    end(fault) {
      cancelExpiry();
      for (const listener of [...listeners]) listener.ended(fault);
      listeners.clear();
    },
    get caller() {
      return caller;
    },
    get streams() {
      return listeners.size;
    },
  };
}

/** Whether two answers of the directory give the same rights. */
export function sameRights(a: Caller, b: Caller): boolean {
  return a === b || JSON.stringify(rightsOf(a)) === JSON.stringify(rightsOf(b));
}

function rightsOf({ keyId, keyKind, principal, environmentId, expiresAtMs }: Caller): unknown {
  return [keyId, keyKind, environmentId, expiresAtMs, principal?.id, principal?.name, principal?.roles];
}
