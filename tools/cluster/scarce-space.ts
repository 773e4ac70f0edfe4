// Makes the disk of a process full, and frees it again: a small tmpfs where this process may mount one, else a limit on
// the size of files.
import { open, mkdir, mkdtemp, rm, stat, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, tryCommand } from '../services/run-command.ts';

/** A directory whose space a test takes away and gives back. */
export interface ScarceSpace {
  readonly directory: string;
  /** Nothing more fits. `pid`: the process that writes there. */
  fill(pid: number): Promise<void>;
  free(pid: number): Promise<void>;
  close(): Promise<void>;
}

const pieceBytes = 64 * 1024;

/** Makes such a directory. */
export async function createScarceSpace(bytes: number): Promise<ScarceSpace> {
  const directory = await mkdtemp(join(tmpdir(), 'flags-space-'));
  const size = `size=${String(bytes)},mode=0777`;
  const mounted = await tryCommand('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', directory]);
  return mounted.code === 0 ? smallVolume(directory) : limitedFiles(directory);
}

function smallVolume(directory: string): ScarceSpace {
  const ballast = join(directory, 'ballast');
  return {
    directory,
    fill: () => writeUntilFull(ballast),
    free: () => rm(ballast),
    close: async () => {
      await runCommand('umount', ['--lazy', directory]);
      await rm(directory, { recursive: true });
    },
  };
}

async function writeUntilFull(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (let bytes = pieceBytes; bytes >= 1; bytes = Math.floor(bytes / 4)) {
      await writeWhileItFits(() => file.write(Buffer.alloc(bytes)));
    }
  } finally {
    await file.close();
  }
}

async function writeWhileItFits(write: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await write();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}

/** Files may not grow beyond the largest one there is: for systems where a test may not mount anything. */
function limitedFiles(directory: string): ScarceSpace {
  const limit = (pid: number, bytes: number | 'unlimited'): Promise<string> =>
    runCommand('prlimit', ['--pid', String(pid), `--fsize=${String(bytes)}:`]);
  return {
    directory,
    fill: async (pid) => void (await limit(pid, await largestFileBytes(directory))),
    free: async (pid) => void (await limit(pid, 'unlimited')),
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

async function largestFileBytes(directory: string): Promise<number> {
  await mkdir(directory, { recursive: true });
  const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  );
  return Math.max(1, ...sizes);
}
