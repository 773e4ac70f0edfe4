// Starts a program of ours as a child and waits for its ready line. What it logs goes to a file.
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/run.ts';
import { spawnService } from '../services/service-process.ts';
import { noteChild } from './leftovers.ts';

/** A running child and what it said when it was ready. */
export interface Child {
  readonly ready: Readonly<Record<string, unknown>>;
  /** Resolves when the child has ended, asked or not. */
  readonly ended: Promise<string>;
  /** Asks it to end, and ends it when it does not. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  /** A TypeScript file, from the repository's folder. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** Starts the program. @throws Error with the end of its output when it ends before it is ready. */
export async function startChild({ name, file, env, logFile }: ChildOptions): Promise<Child> {
  const log = createWriteStream(logFile, { flags: 'a' });
  let becomeReady: (message: Child['ready']) => void;
  const ready = new Promise<Child['ready']>((resolve) => (becomeReady = resolve));
  const program = join(root, file);
  const service = spawnService({
    command: process.execPath,
    args: ['--conditions=@org/source', program],
    cwd: root,
    env: { ...process.env, ...env },
    // Ctrl-C is for the process that started it, which then ends its children in order.
    detached: process.platform !== 'win32',
    onLine(line) {
      log.write(`${line}\n`);
      const message = readMessage(line);
      if (message?.['msg'] === 'ready') becomeReady(message);
    },
  });
  noteChild(logFile, program, service);
  const first = await Promise.race([ready, service.ended]);
  if (typeof first === 'string') throw new Error(`${name} did not start (${first}):\n${service.output()}`);
  return { ready: first, ended: service.ended, stop: () => service.end('SIGTERM') };
}

function readMessage(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
