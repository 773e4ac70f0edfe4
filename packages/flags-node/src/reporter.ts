// Tells the core which revision runs here, or why one was refused. Coalesced over a random moment, so that a fleet does
// not answer a commit at once; a refusal is never swallowed by what follows it.
import type { SyncReport } from '@org/sync';
import { quickReportSpreadMs, reportSpreadMs } from './limits.ts';
import type { CancelTimer, Platform } from './platform.ts';

/** How often a report is tried while connected; every new connection reports anyway. */
const attemptsMax = 3;

export interface Reporter {
  report(report: SyncReport): void;
  /** Says the last state once more: another core listens now. */
  again(): void;
  stop(): void;
}

/** `send` rejects when the core did not take the report. */
export const createReporter = (
  send: (report: SyncReport) => Promise<unknown>,
  platform: Platform,
): Reporter => {
  let refusal: SyncReport | undefined;
  let latest: SyncReport | undefined;
  /** Sent or not. */
  let last: SyncReport | undefined;
  let cancel: CancelTimer | undefined;
  /** Whether the wait under way is a short one. */
  let quickly = false;
  let sending = false;
  let introduced = false;
  let attempts = 0;
  let stopped = false;

  const flush = async (): Promise<void> => {
    const [sentRefusal, sentLatest] = [refusal, latest];
    sending = introduced = true;
    cancel = undefined;
    try {
      if (sentRefusal) await send(sentRefusal);
      if (sentRefusal === refusal) refusal = undefined;
      if (sentLatest) await send(sentLatest);
      if (sentLatest === latest) latest = undefined;
      attempts = 0;
    } catch {
      attempts += 1;
    }
    sending = false;
    if (attempts >= attemptsMax) refusal = latest = undefined;
    if (refusal || latest) schedule();
    else attempts = 0;
  };
  const schedule = (): void => {
    const quick = refusal !== undefined || !introduced;
    // One draw per round: the least of many would not be spread.
    if (stopped || sending || (cancel && !(quick && !quickly))) return;
    cancel?.();
    quickly = quick;
    const spreadMs = quick ? quickReportSpreadMs : reportSpreadMs;
    cancel = platform.after(platform.random() * spreadMs * (attempts + 1), () => void flush());
  };

  return {
    report(report) {
      if (report.status === 'REFUSED') refusal = report;
      else latest = last = report;
      schedule();
    },
    again() {
      // A copy: the same may be under way to the core before.
      if (last) latest = { ...last };
      if (last) schedule();
    },
    stop() {
      stopped = true;
      cancel?.();
    },
  };
};
