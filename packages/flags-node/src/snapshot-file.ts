// The stored snapshot: written whole (temporary file, fsync, rename), read at the start, trusted only when its checksum
// fits. Must never hinder the client: what cannot be read or written is reported and otherwise ignored.
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Snapshot } from '@org/contract/gen/flags/v1/document';
import type { Position, SyncDocument, SyncSnapshot } from '@org/sync';
import { FlagsError } from './errors.ts';
import { snapshotFileBytesMax } from './limits.ts';

const magic = 'flags-snapshot/1 ';
const headerBytes = magic.length + 64 + 1;

/** SHA-256 over the owner and the content: a file of another key counts as damaged. */
const headerOf = (owner: string, body: Uint8Array): string =>
  `${magic}${createHash('sha256').update(owner).update('\n').update(body).digest('hex')}\n`;

/** The bytes of a stored snapshot. `owner` is what it belongs to: whoever names another owner cannot read it. */
export const encodeSnapshotFile = (
  owner: string,
  position: Position,
  documents: Iterable<SyncDocument>,
): Buffer => {
  const body = Snapshot.encode(
    Snapshot.fromPartial({ ...position, documents: Array.from(documents) }),
  ).finish();
  return Buffer.concat([Buffer.from(headerOf(owner, body), 'latin1'), body]);
};

/** The snapshot, or undefined when a single bit is wrong. */
export const decodeSnapshotFile = (owner: string, bytes: Buffer): SyncSnapshot | undefined => {
  const body = bytes.subarray(headerBytes);
  if (bytes.length < headerBytes || bytes.toString('latin1', 0, headerBytes) !== headerOf(owner, body))
    return undefined;
  try {
    return Snapshot.decode(body);
  } catch {
    return undefined;
  }
};

/** Reads the file; undefined when there is none, or with a report when it is damaged. Synchronous: ready without waiting. */
export const readSnapshotFile = (
  path: string,
  owner: string,
  onError: (error: FlagsError) => void,
): SyncSnapshot | undefined => {
  try {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const snapshot =
        size <= snapshotFileBytesMax ? decodeSnapshotFile(owner, readFileSync(file)) : undefined;
      if (!snapshot)
        onError(new FlagsError('SNAPSHOT_FILE_DAMAGED', `ignored a stored snapshot of ${size} bytes`));
      return snapshot;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      onError(
        new FlagsError('SNAPSHOT_FILE_DAMAGED', 'the stored snapshot cannot be read', { cause: error }),
      );
    }
    return undefined;
  }
};

/** Replaces the file in one step: whatever happens meanwhile, the old or the new one is there whole. @throws FlagsError */
export const writeSnapshotFile = async (path: string, bytes: Buffer): Promise<void> => {
  const temporary = `${path}.${process.pid}-${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new FlagsError('SNAPSHOT_FILE_NOT_WRITTEN', 'the snapshot was not stored', { cause: error });
  }
};

/** Makes the rename survive a power cut. Folders cannot be opened on every system; there the rename alone has to do. */
const syncFolder = async (path: string): Promise<void> => {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    return;
  }
};
