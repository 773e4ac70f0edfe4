// The contents of lists beside the stored snapshot: without them it would be no state to start with. Each chunk is trusted
// only when it is what its name says.
import { readFileSync, statSync } from 'node:fs';
import { listFileBytesMax } from '../limits.ts';
import { writeSnapshotFile } from '../snapshot-file.ts';
import type { ChunkStore } from './chunk-store.ts';

const nameBytes = 22;
const headBytes = nameBytes + 4;

/** Where the lists of a stored snapshot are. */
const listPath = (snapshotPath: string): string => `${snapshotPath}.lists`;

/** Reads what is there into the store; what is damaged is left out. */
export const readListFile = (snapshotPath: string, chunks: ChunkStore): void => {
  let bytes: Buffer;
  try {
    const path = listPath(snapshotPath);
    if (statSync(path).size > listFileBytesMax) return;
    bytes = readFileSync(path);
  } catch {
    return;
  }
  for (let at = 0; at + headBytes <= bytes.length;) {
    const end = at + headBytes + bytes.readUInt32LE(at + nameBytes);
    chunks.add(bytes.toString('latin1', at, at + nameBytes), bytes.subarray(at + headBytes, end));
    at = end;
  }
};

/** Writes the lists of the state which runs, when others than before are named. */
export const createListWriter = (snapshotPath: string, chunks: ChunkStore): (() => Promise<void>) => {
  let written = '';
  // Rejects with a FlagsError.
  return async () => {
    const named = [...chunks.named()];
    const names = named
      .map(([name]) => name)
      .sort()
      .join();
    if (names === written) return;
    await writeSnapshotFile(listPath(snapshotPath), encode(named));
    written = names;
  };
};

const encode = (chunks: readonly (readonly [string, Uint32Array])[]): Buffer =>
  Buffer.concat(
    chunks.flatMap(([name, pairs]) => {
      const content = Buffer.alloc(pairs.byteLength);
      pairs.forEach((half, index) => content.writeUInt32LE(half, index * 4));
      const head = Buffer.alloc(headBytes);
      head.write(name, 'latin1');
      head.writeUInt32LE(content.length, nameBytes);
      return [head, content];
    }),
  );
