// Tells an application's hooks. What a hook throws is reported by the browser like any other uncaught error; it changes no
// answer and keeps no other hook from hearing.
import type { Hook } from './types.ts';

/** Tells every hook that has a member of this name. */
export type Tell = <N extends keyof Hook>(name: N, ...heard: Parameters<NonNullable<Hook[N]>>) => void;

export const createTell =
  (hooks: readonly Hook[] = []): Tell =>
  (name, ...heard) => {
    for (const hook of hooks) {
      try {
        (hook[name] as ((...heard: unknown[]) => void) | undefined)?.(...heard);
      } catch (error) {
        globalThis.reportError?.(error);
      }
    }
  };
