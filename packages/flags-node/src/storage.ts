// The stored snapshot of a client, if it has a place for one: read once at the start, kept up to date afterwards.
import { createHash } from 'node:crypto';
import type { Position } from '@org/sync';
import { FlagsError } from './errors.ts';
import type { Evaluation } from './evaluation.ts';
import { createListWriter, readListFile } from './lists/list-file.ts';
import type { Platform } from './platform.ts';
import { readSnapshotFile } from './snapshot-file.ts';
import { createSnapshotKeeper, type SnapshotKeeper } from './snapshot-keeper.ts';

export interface Storage extends SnapshotKeeper {
  /** Loads what is stored into the replica; where that stands, if it was any good. */
  load(): Position | undefined;
}

/** Without a path: a storage that holds nothing. */
export const createStorage = (
  path: string | undefined,
  key: string,
  { replica, chunks }: Pick<Evaluation, 'replica' | 'chunks'>,
  platform: Platform,
  onError: (error: FlagsError) => void,
): Storage => {
  if (path === undefined)
    return { load: () => undefined, touch: () => undefined, finish: () => Promise.resolve() };
  // The file must not reveal the key, and must not be taken for another key's.
  const owner = createHash('sha256').update(key).digest('hex');
  return {
    ...createSnapshotKeeper(
      path,
      owner,
      { replica, writeFirst: createListWriter(path, chunks) },
      platform,
      onError,
    ),
    load() {
      const stored = readSnapshotFile(path, owner, onError);
      if (stored?.documents.some(({ kind }) => kind === 'list') === true) readListFile(path, chunks);
      const result = stored && replica.load(stored);
      if (result?.ok) return result.position;
      if (result)
        onError(new FlagsError('SNAPSHOT_FILE_DAMAGED', 'the stored snapshot does not hash to its own hash'));
      return undefined;
    },
  };
};
