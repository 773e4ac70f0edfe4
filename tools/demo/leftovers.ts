// Ends what a killed `npm start` left behind: its children go on working, on its ports and its database. Must touch only
// processes that the folder's notes name and that still run the same file.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceProcess } from '../services/service-process.ts';
import type { StateFolder } from './state-folder.ts';

const noteEnding = '.child';
const termMsMax = 15_000;

/** Notes a child beside its log, until it ends. */
export function noteChild(logFile: string, file: string, child: Pick<ServiceProcess, 'pid' | 'ended'>): void {
  const note = `${logFile}${noteEnding}`;
  writeFileSync(note, JSON.stringify({ pid: child.pid, file }));
  void child.ended.then(() => rmSync(note, { force: true }));
}

/** To be called by the owner of the folder, before it starts anything. */
export async function endLeftovers(folder: StateFolder): Promise<void> {
  const notes = readdirSync(folder.path).filter((name) => name.endsWith(noteEnding));
  await Promise.all(
    notes.map(async (name) => {
      const { pid, file } = readNote(folder.file(name));
      await end(pid, file);
      rmSync(folder.file(name), { force: true });
    }),
  );
}

async function end(pid: number, file: string): Promise<void> {
  const deadline = performance.now() + termMsMax;
  let signal: NodeJS.Signals = 'SIGTERM';
  while (runs(pid, file)) {
    process.kill(pid, signal);
    while (runs(pid, file) && performance.now() < deadline) await pause(100);
    signal = 'SIGKILL';
    await pause(100);
  }
}

/** Whether the process still is what was noted: another one may have its number by now. */
function runs(pid: number, file: string): boolean {
  if (!(pid > 0)) return false;
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes(file);
  } catch {
    return false;
  }
}

/** Half a note, or none, names nobody. */
function readNote(path: string): { readonly pid: number; readonly file: string } {
  try {
    const { pid, file } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    return { pid: Number(pid), file: String(file) };
  } catch {
    return { pid: 0, file: '' };
  }
}
