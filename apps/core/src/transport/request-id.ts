// Names a call in answers and logs.
import type { Runtime } from '../runtime.ts';

const acceptable = /^[\w.:-]{1,64}$/;

/** The caller's own id where it is harmless to print, else a new one. */
export function requestIdOf(given: string | undefined, runtime: Runtime): string {
  return given !== undefined && acceptable.test(given) ? given : runtime.newId();
}
