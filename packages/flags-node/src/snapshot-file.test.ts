// The stored snapshot: whole and right, or as good as none.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createReplica, hash64, type SyncDocument } from '@org/sync';
import { createEvaluator } from '@org/evaluator';
import type { FlagsError } from './errors.ts';
import {
  decodeSnapshotFile,
  encodeSnapshotFile,
  readSnapshotFile,
  writeSnapshotFile,
} from './snapshot-file.ts';
import { createSnapshotKeeper } from './snapshot-keeper.ts';
import { createVirtualPlatform } from './testing/virtual-platform.ts';
import { until } from './testing/until.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flags-snapshot-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const documents: readonly SyncDocument[] = Array.from({ length: 20 }, (_, index) => ({
  kind: 'flag',
  key: `flag-${index}`,
  revision: index,
  json: JSON.stringify({ text: hash64(String(index)).repeat(4) }),
}));
const position = { historyId: 'h', revision: 20, hash: hash64('any') };
const bytes = encodeSnapshotFile('owner', position, documents);

describe('stored snapshot', () => {
  it('comes back as it was', () => {
    expect(decodeSnapshotFile('owner', bytes)).toMatchObject({ ...position, documents });
  });

  it('is ignored when any single byte is flipped', () => {
    for (let index = 0; index < bytes.length; index += 1) {
      const damaged = Buffer.from(bytes);
      damaged[index] = damaged[index]! ^ (1 << (index % 8));
      expect(decodeSnapshotFile('owner', damaged)).toBeUndefined();
    }
  });

  it('is ignored when it is cut anywhere, or longer than it was', () => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeSnapshotFile('owner', bytes.subarray(0, length))).toBeUndefined();
    }
    expect(decodeSnapshotFile('owner', Buffer.concat([bytes, Buffer.from('x')]))).toBeUndefined();
  });

  it('is ignored when it belongs to another key', () => {
    expect(decodeSnapshotFile('another', bytes)).toBeUndefined();
  });

  it('is written whole, in a folder that is made, and leaves nothing else behind', async () => {
    const path = join(folder, 'new', 'file');
    await writeSnapshotFile(path, bytes);
    await writeSnapshotFile(path, bytes);
    expect(await readFile(path)).toEqual(bytes);
    expect(await readdir(join(folder, 'new'))).toEqual(['file']);
  });

  it('survives many writers of the same file', async () => {
    const path = join(folder, 'file');
    const contents = Array.from({ length: 20 }, (_, revision) =>
      encodeSnapshotFile('owner', { ...position, revision }, documents),
    );
    await Promise.all(contents.map((content) => writeSnapshotFile(path, content)));
    expect(decodeSnapshotFile('owner', await readFile(path))).toBeDefined();
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('says why it cannot be written, and cleans up', async () => {
    await mkdir(join(folder, 'file'));
    await expect(writeSnapshotFile(join(folder, 'file'), bytes)).rejects.toThrow(
      '[SNAPSHOT_FILE_NOT_WRITTEN]',
    );
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('reports a damaged file and nothing about a missing one', async () => {
    const errors: FlagsError[] = [];
    const read = (name: string) =>
      readSnapshotFile(join(folder, name), 'owner', (error) => errors.push(error));
    expect(read('missing')).toBeUndefined();
    expect(errors).toEqual([]);
    await writeFile(join(folder, 'damaged'), bytes.subarray(1));
    expect(read('damaged')).toBeUndefined();
    expect(read('.')).toBeUndefined();
    expect(errors.map(({ code }) => code)).toEqual(['SNAPSHOT_FILE_DAMAGED', 'SNAPSHOT_FILE_DAMAGED']);
  });
});

describe('snapshot keeper', () => {
  const loaded = () => {
    const replica = createReplica(createEvaluator());
    replica.load({ historyId: 'h', revision: 1, hash: '0'.repeat(16), documents: [] });
    return replica;
  };

  it('writes once for many changes, and the last one at the end', async () => {
    const platform = createVirtualPlatform();
    const path = join(folder, 'file');
    const replica = loaded();
    const keeper = createSnapshotKeeper(path, 'owner', { replica }, platform, () => expect.unreachable());
    for (let change = 0; change < 100; change += 1) keeper.touch();
    expect(platform.waiting).toBe(1);
    await platform.pass(1_000);
    await keeper.finish();
    expect(decodeSnapshotFile('owner', await readFile(path))?.revision).toBe(1);
    replica.load({ historyId: 'h', revision: 2, hash: '0'.repeat(16), documents: [] });
    keeper.touch();
    await keeper.finish();
    expect(decodeSnapshotFile('owner', await readFile(path))?.revision).toBe(2);
    expect(platform.waiting).toBe(0);
  });

  it('reports a folder it cannot write to, and tries again', async () => {
    const platform = createVirtualPlatform();
    const errors: FlagsError[] = [];
    await writeFile(join(folder, 'file'), '');
    const keeper = createSnapshotKeeper(
      join(folder, 'file', 'in', 'it'),
      'owner',
      { replica: loaded() },
      platform,
      (error) => errors.push(error),
    );
    keeper.touch();
    await platform.pass(1_000);
    await until('it was reported', () => errors.length === 1);
    keeper.touch();
    await keeper.finish();
    expect(errors.map(({ code }) => code)).toEqual([
      'SNAPSHOT_FILE_NOT_WRITTEN',
      'SNAPSHOT_FILE_NOT_WRITTEN',
    ]);
  });
});
