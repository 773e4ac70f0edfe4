// What happens to the page around the client. Nothing happens where there is no page (server-side rendering, workers).
import type { Reporter } from './reporter.ts';
import type { Session } from './session.ts';

/** Listens until the signal is aborted. What was handed over when the page was hidden is confirmed when it is back. */
export const watchPage = (
  { wake, suspend, resume }: Session,
  { leave, flush }: Pick<Reporter, 'leave' | 'flush'>,
  signal: AbortSignal,
): void => {
  const on = (type: string, then: () => void): void =>
    // Captured at the window: events of the document pass it, whether they bubble or not.
    globalThis.addEventListener?.(type, then, { capture: true, signal });
  const back = (): void => {
    wake();
    void flush();
  };
  on('visibilitychange', () => (document.visibilityState === 'hidden' ? leave() : back()));
  on('pagehide', leave);
  // Frozen or kept for the back button: an open stream would forbid that, and a held lead would stop the other tabs.
  on('pagehide', suspend);
  on('freeze', suspend);
  on('pageshow', resume);
  on('resume', resume);
  on('online', back);
};
