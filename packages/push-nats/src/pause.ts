// Waiting that can be cut short and does not keep the process alive.

const timerMsMax = 2_147_483_647;

/** Resolves after the time, or when the signal aborts. */
export function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((settle) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      settle();
    };
    const timer = setTimeout(finish, Math.min(durationMs, timerMsMax));
    timer.unref();
    signal.addEventListener('abort', finish);
  });
}
