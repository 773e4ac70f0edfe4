// A limit on waiting, for what the application itself awaits.
import { longestTimerMs } from './platform.ts';

/** Waits for the work, but not longer; resolves in any case. Keeps the process alive meanwhile. */
export const within = async (timeoutMs: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>(
    (resolve) => (timer = setTimeout(resolve, Math.min(timeoutMs, longestTimerMs))),
  );
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
};
