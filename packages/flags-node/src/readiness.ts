// Waiting for the first state. Resolves in any case: an application's start must not depend on ours.
import { longestTimerMs } from './platform.ts';
import type { ClientState } from './types.ts';

/** Who waits, and until when. */
export interface Readiness {
  wait(timeoutMs: number): Promise<ClientState>;
  /** The state changed, or the client closed (`force`). */
  settle(force?: boolean): void;
}

/** Waiting keeps the process alive, unlike everything else: the application awaits this very promise. */
export const createReadiness = (state: () => ClientState): Readiness => {
  const waiting = new Set<() => void>();
  return {
    wait: (timeoutMs) =>
      new Promise((resolve) => {
        if (state() !== 'NOT_READY') return resolve(state());
        const timer = setTimeout(() => done(), Math.min(timeoutMs, longestTimerMs));
        const done = (): void => {
          clearTimeout(timer);
          waiting.delete(done);
          resolve(state());
        };
        waiting.add(done);
      }),
    settle(force = false) {
      if (force || state() !== 'NOT_READY') for (const done of [...waiting]) done();
    },
  };
};
