// What a killed process left behind is removed; what somebody may still be writing stays.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEvaluator } from '@org/evaluator';
import { createReplica } from '@org/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodePlatform } from './platform.ts';
import { createSnapshotKeeper } from './snapshot-keeper.ts';
import { removeLeftovers } from './snapshot-leftovers.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flags-leftovers-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const minuteMs = 60_000;
const uuid = '6f1c2a34-0000-4000-8000-000000000001';
const deadPid = spawnSync(process.execPath, ['--version']).pid;

const leave = async (name: string, ageMs: number): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, 'half');
  const time = new Date(Date.now() - ageMs);
  await utimes(path, time, time);
  return name;
};
const removed = async (name: string, ageMs: number): Promise<boolean> => {
  await leave(name, ageMs);
  await removeLeftovers(join(folder, 'file'), Date.now());
  return !(await readdir(folder)).includes(name);
};

describe('leftovers of a stored snapshot', () => {
  it.each([
    ['of a process that is gone', `file.${deadPid}-${uuid}.tmp`, 2 * minuteMs],
    [
      'of a process with our own id before us, as in a container',
      `file.${process.pid}-${uuid}.tmp`,
      59 * minuteMs,
    ],
    ['that are older than an hour, whoever lives', `file.${process.ppid}-${uuid}.tmp`, 61 * minuteMs],
  ])('%s are removed', async (_, name, ageMs) => {
    expect(await removed(name, ageMs)).toBe(true);
  });

  it.each([
    ['of a process that lives', `file.${process.ppid}-${uuid}.tmp`, 30 * minuteMs],
    ['of our own', `file.${process.pid}-${uuid}.tmp`, 0],
    ['of a process of another machine that shares the folder', `file.${deadPid}-${uuid}.tmp`, 0],
    ['of another snapshot', `file2.${deadPid}-${uuid}.tmp`, 90 * minuteMs],
    ['that are not ours', 'file.old.tmp', 90 * minuteMs],
  ])('%s stay', async (_, name, ageMs) => {
    expect(await removed(name, ageMs)).toBe(false);
  });

  it('are removed with the first write', async () => {
    await leave(`file.${deadPid}-${uuid}.tmp`, 2 * minuteMs);
    const replica = createReplica(createEvaluator());
    replica.load({ historyId: 'h', revision: 1, hash: '0'.repeat(16), documents: [] });
    const path = join(folder, 'file');
    const keeper = createSnapshotKeeper(path, 'owner', { replica }, nodePlatform, () => expect.unreachable());
    keeper.touch();
    await keeper.finish();
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('harm nobody where there is no folder', async () => {
    await expect(removeLeftovers(join(folder, 'none', 'file'), Date.now())).resolves.toBeUndefined();
  });
});
