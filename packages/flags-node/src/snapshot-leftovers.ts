// Temporary files that a killed process left beside the stored snapshot. Must never touch one that may still be written.
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { leftoverMs, leftoverSureMs } from './limits.ts';

/** After the name of the file: process id and a UUID. */
const temporary = /^(?:\.lists)?\.(\d+)-[0-9a-f-]{36}\.tmp$/;

/** A process of another user cannot be signalled, but lives. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const isLeftover = (pid: number, writtenMs: number, nowMs: number): boolean => {
  const ageMs = nowMs - writtenMs;
  if (ageMs > leftoverSureMs) return true;
  // Machines may share the folder, and the id says nothing about a process of another one.
  if (ageMs < leftoverMs) return false;
  // In a container each process has the id of the one before.
  return pid === process.pid ? ageMs > process.uptime() * 1_000 : !isAlive(pid);
};

/** Removes what is left of earlier writes to this file. Resolves in any case. */
export const removeLeftovers = async (path: string, nowMs: number): Promise<void> => {
  const folder = dirname(path);
  const base = basename(path);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(base) ? temporary.exec(name.slice(base.length))?.[1] : undefined;
    if (pid === undefined) continue;
    try {
      const { mtimeMs } = await stat(join(folder, name));
      if (isLeftover(Number(pid), mtimeMs, nowMs)) await rm(join(folder, name), { force: true });
    } catch {
      // Another process was faster, or it is not ours to remove.
    }
  }
};
