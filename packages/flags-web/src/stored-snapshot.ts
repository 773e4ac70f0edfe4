// The last good state in localStorage, so that a page starts at once and starts without the server. A damaged entry
// counts as none; a full or forbidden storage (private mode, sandboxed frames) is no error.
import { hash64, type SyncSnapshot } from '@org/sync/stream';
import { checksumChars } from './limits.ts';

/** The snapshot stored under this name, if it is undamaged. */
export const readStoredSnapshot = (name: string): SyncSnapshot | undefined => {
  try {
    const entry = localStorage.getItem(name)!;
    const body = entry.slice(checksumChars);
    return entry === hash64(body) + body ? (JSON.parse(body) as SyncSnapshot) : undefined;
  } catch {
    // None, or not allowed to look: start without it.
    return undefined;
  }
};

/** Stores the snapshot, or leaves the earlier one when there is no room for it. */
export const writeStoredSnapshot = (name: string, snapshot: SyncSnapshot): void => {
  try {
    const body = JSON.stringify(snapshot);
    localStorage.setItem(name, hash64(body) + body);
  } catch {
    // Full or forbidden: the next start asks the server.
  }
};
