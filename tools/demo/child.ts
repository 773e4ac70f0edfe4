// Starts a program of ours as a child and waits for its ready line. Its log goes to a file, its complaints are shown.
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../lib/run.ts';

const stopTimeoutMs = 10_000;

/** A running child and what it said when it was ready. */
export interface Child {
  readonly pid: number;
  readonly ready: Readonly<Record<string, unknown>>;
  /** Resolves when the child has ended, asked or not. */
  readonly ended: Promise<void>;
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
  // A group of its own: Ctrl-C reaches this process only, which then ends its children in order.
  const child = spawn(process.execPath, ['--conditions=@org/source', join(root, file)], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const lastLines: string[] = [];
  const ready = new Promise<Child['ready']>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${line}\n`);
        lastLines.push(line);
        if (lastLines.length > 20) lastLines.shift();
        const message = readMessage(line);
        if (message?.['msg'] === 'ready') resolve(message);
      });
    }
  });
  const first = await Promise.race([ready, ended]);
  if (first === undefined) throw new Error(`${name} did not start:\n${lastLines.join('\n')}`);
  return { pid: child.pid!, ready: first, ended, stop: () => stop(child, ended) };
}

function readMessage(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await ended;
  clearTimeout(timer);
}
