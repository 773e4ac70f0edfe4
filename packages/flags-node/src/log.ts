// Complaints to the application's logger: each kind at most once a minute, never a key or a context.
import type { FlagsError, FlagsErrorCode } from './errors.ts';
import { logIntervalMs } from './limits.ts';
import type { Platform } from './platform.ts';
import type { Logger } from './types.ts';

/** Logs an error unless one of its kind was logged within the last minute; the next one tells how many were held back. */
export const createErrorLog = (
  logger: Logger | undefined,
  platform: Platform,
): ((error: FlagsError) => void) => {
  const last = new Map<FlagsErrorCode, { atMs: number; held: number }>();
  return (error) => {
    if (!logger) return;
    const now = platform.nowMs();
    const entry = last.get(error.code);
    if (entry && now - entry.atMs < logIntervalMs) {
      entry.held += 1;
      return;
    }
    last.set(error.code, { atMs: now, held: 0 });
    try {
      const result: unknown = logger.warn(
        error.message,
        entry?.held ? { code: error.code, alsoHappened: entry.held } : { code: error.code },
      );
      // An async logger fails later: nobody else would catch that, and Node ends the process.
      if (result !== undefined) Promise.resolve(result).catch(() => undefined);
    } catch {
      // A logger that throws is the application's own affair; there is nobody left to tell.
    }
  };
};
