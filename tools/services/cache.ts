// Where the project's own scripts keep what they install (binaries for tests and `npm start`), and the lock that keeps
// two processes from installing the same thing at once. Never installs silently: every step is told on stderr.
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Root of the working tree. */
export const repositoryRoot = resolve(import.meta.dirname, '../..');

/** Git-ignored directory for everything that was downloaded or built. */
export const cacheDirectory = join(repositoryRoot, '.cache');

const lockWaitMsMax = 15 * 60_000;
const lockPollMs = 200;

/** Tells on stderr what the scripts are doing, because an install may take minutes. */
export function report(message: string): void {
  process.stderr.write(`[services] ${message}\n`);
}

/** True when the path exists. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Runs `install` while holding the named lock; a lock whose process is gone is taken over.
 *
 * @throws when the lock cannot be had within 15 minutes.
 */
export async function withInstallLock<T>(name: string, install: () => Promise<T>): Promise<T> {
  await mkdir(cacheDirectory, { recursive: true });
  const path = join(cacheDirectory, `${name}.lock`);
  await acquire(path);
  try {
    return await install();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string): Promise<void> {
  const deadline = Date.now() + lockWaitMsMax;
  while (!(await tryAcquire(path))) {
    if (Date.now() > deadline)
      throw new Error(`${path} is held by another process; remove it if that is gone`);
    await pause(lockPollMs);
  }
}

async function tryAcquire(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await removeWhenAbandoned(path);
    return false;
  }
}

async function removeWhenAbandoned(path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const pid = Number(text);
  // An empty file is a holder between open and write.
  if (text !== '' && !processLives(pid)) await rm(path, { force: true });
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
