// Stores the state after it moved: soon, one write at a time, and rarely enough that writing never costs more than a
// twentieth of the time.
import type { Replica } from '@org/sync';
import { FlagsError } from './errors.ts';
import { persistDelayMs } from './limits.ts';
import type { CancelTimer, Platform } from './platform.ts';
import { encodeSnapshotFile, writeSnapshotFile } from './snapshot-file.ts';
import { removeLeftovers } from './snapshot-leftovers.ts';

const costFactor = 20;

export interface SnapshotKeeper {
  /** The state moved. */
  touch(): void;
  /** Writes what is not written yet. Resolves in any case. */
  finish(): Promise<void>;
}

/** What is stored. */
export interface KeptState {
  readonly replica: Replica;
  /** Writes what the snapshot needs beside it, before it. Rejects with a FlagsError. */
  readonly writeFirst?: () => Promise<void>;
}

/** Keeps one file up to date with the replica. */
export const createSnapshotKeeper = (
  path: string,
  owner: string,
  { replica, writeFirst }: KeptState,
  platform: Platform,
  onError: (error: FlagsError) => void,
): SnapshotKeeper => {
  let dirty = false;
  let writing: Promise<void> | undefined;
  let cancel: CancelTimer | undefined;
  let delayMs = persistDelayMs;
  let cleaned = false;

  const write = async (): Promise<void> => {
    const { position } = replica;
    dirty = false;
    if (!position) return;
    const startedMs = platform.nowMs();
    try {
      if (!cleaned) await removeLeftovers(path, platform.wallMs());
      cleaned = true;
      await writeFirst?.();
      await writeSnapshotFile(path, encodeSnapshotFile(owner, position, replica.documents()));
    } catch (error) {
      onError(
        error instanceof FlagsError
          ? error
          : new FlagsError('SNAPSHOT_FILE_NOT_WRITTEN', 'unexpected', { cause: error }),
      );
    }
    delayMs = Math.max(persistDelayMs, costFactor * (platform.nowMs() - startedMs));
  };

  const start = (): void => {
    cancel = undefined;
    writing = write().then(() => {
      writing = undefined;
      if (dirty) schedule();
    });
  };
  const schedule = (): void => {
    if (!cancel && !writing) cancel = platform.after(delayMs, start);
  };

  const stop = (): void => {
    cancel?.();
    cancel = undefined;
  };

  return {
    touch() {
      dirty = true;
      schedule();
    },
    async finish() {
      await writing;
      stop();
      if (dirty) await write();
    },
  };
};
