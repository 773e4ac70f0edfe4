// The effects this package needs, so that tests can hold them in their hands.

export interface Platform {
  readonly fetch: typeof fetch;
  readonly pause: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** At least 0, less than 1. */
  readonly random: () => number;
  /** A text that nobody else makes. */
  readonly unique: () => string;
}

/** Node 20 or newer, and browsers. */
export const systemPlatform: Platform = {
  fetch: (input, init) => fetch(input, init),
  pause: (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, ms);
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    }),
  random: () => Math.random(),
  // Not randomUUID: pages without TLS have none.
  unique: () =>
    [...crypto.getRandomValues(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join(''),
};
