// Who of an origin's tabs holds the stream: leader by Web Locks, messages by BroadcastChannel. Where one of them is
// missing (old browsers, sandboxed frames) every tab leads itself. Must never throw into the application.

import type { TabMessage } from './tab-message.ts';

/** This tab's place among the tabs. */
export interface Tabs {
  /** Whether this tab holds the stream. */
  leads(): boolean;
  post(message: TabMessage): void;
  /** Takes the lead from a leader that does not answer (a frozen tab keeps its lock). */
  steal(): void;
  /** Gives the lead away and stops listening. */
  close(): void;
}

/** Joins the tabs of the same name. `onRole` is called whenever this tab wins or loses the lead. */
export const joinTabs = (
  name: string,
  onRole: () => void,
  onMessage: (message: TabMessage) => void,
): Tabs => {
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  const channel = openChannel(name);
  let leads = !locks || !channel;
  let closed = false;
  let release: (() => void) | undefined;
  let waiting = new AbortController();

  const hold = (): Promise<void> | void => {
    if (closed) return;
    setRole(true);
    return new Promise((resolve) => (release = resolve));
  };
  const setRole = (next: boolean): void => {
    if (leads === next) return;
    leads = next;
    onRole();
  };
  const request = (options: LockOptions): void => {
    locks!.request(name, options, hold).catch((error: Error) => {
      if (closed || options.signal?.aborted) return;
      // AbortError: another tab stole the lead. Anything else: no locks here (an opaque origin).
      if (error.name !== 'AbortError') return setRole(true);
      setRole(false);
      queue();
    });
  };
  const queue = (): void => {
    waiting = new AbortController();
    request({ signal: waiting.signal });
  };

  if (channel) channel.onmessage = (event) => onMessage(event.data as TabMessage);
  if (!leads) queue();
  return {
    leads: () => leads,
    post: (message) => {
      try {
        channel?.postMessage(message);
      } catch {
        // A closed channel: this tab is going away.
      }
    },
    steal: () => {
      if (leads || closed) return;
      waiting.abort();
      request({ steal: true });
    },
    close: () => {
      closed = true;
      waiting.abort();
      release?.();
      channel?.close();
    },
  };
};

const openChannel = (name: string): BroadcastChannel | undefined => {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
};
