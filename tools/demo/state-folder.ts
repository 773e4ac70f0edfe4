// What the demo keeps between starts, in .flags: keys (readable by the owner only), databases, logs, and who runs it now.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/run.ts';

export type KeyName = 'admin' | 'server' | 'client';

/** The folder, and what it holds. */
export interface StateFolder {
  readonly path: string;
  file(name: string): string;
  readKey(name: KeyName): string | undefined;
  /** Keeps a key for the next start, readable by the owner only. */
  writeKey(name: KeyName, secret: string): void;
  /** Takes the folder for this process. @throws Error naming the process that has it. */
  claim(): void;
  release(): void;
}

/** Opens the folder, `.flags` unless DEMO_DIR names another; makes it if missing. */
export function openStateFolder(path = process.env['DEMO_DIR'] ?? join(root, '.flags')): StateFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(path, name);
  const owner = file('pid');
  return {
    path,
    file,
    readKey: (name) => readText(file(`${name}-key`)),
    writeKey: (name, secret) => writeFileSync(file(`${name}-key`), `${secret}\n`, { mode: 0o600 }),
    claim() {
      const pid = Number(readText(owner));
      if (pid > 0 && pid !== process.pid && isAlive(pid)) {
        throw new Error(
          `The demo runs already (process ${pid}, folder ${path}). Stop it first, or name another folder in DEMO_DIR.`,
        );
      }
      writeFileSync(owner, String(process.pid));
    },
    release: () => rmSync(owner, { force: true }),
  };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
