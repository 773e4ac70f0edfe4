// Runs nats-server as a child process: started from a configuration file, ready when this resolves. One store directory
// has one server: a server that an earlier, killed parent left behind is ended first.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PushError } from './errors.ts';
import { writeSecretFile } from './authority-file.ts';

/** What to run. */
export interface ServerProcessOptions {
  readonly binary: string;
  /** Directory for the configuration file and the process id. */
  readonly directory: string;
  readonly configText: string;
  /** Called for each line the server logs. */
  readonly onLog?: (line: string) => void;
}

/** A running nats-server. */
export interface ServerProcess {
  readonly pid: number;
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Ends the server in order; kills it after 10 s. */
  stop(): Promise<void>;
}

const readyMsMax = 30_000;
const stopMsMax = 10_000;
const linesKept = 50;

/**
 * Starts nats-server and waits until it accepts connections.
 *
 * @throws PushError with the end of its log when it does not come up.
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { configFile, pidFile } = filesIn(options.directory);
  await writeSecretFile(configFile, options.configText);
  await endLeftover(options.directory);
  const child = spawn(options.binary, ['-c', configFile], { stdio: ['ignore', 'ignore', 'pipe'] });
  await whenReady(child, options.onLog);
  const pid = child.pid ?? 0;
  await writeFile(pidFile, `${String(pid)} ${String(process.pid)}`);
  return control(child, pid);
}

function control(child: ChildProcess, pid: number): ServerProcess {
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const ended = new Promise<void>((settle) => {
    if (isOver()) settle();
    child.once('exit', () => settle());
  });
  // A parent that ends in order takes its child along.
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  void ended.then(() => process.off('exit', onExit));
  return {
    pid,
    ended,
    signal: (signal) => void (isOver() || child.kill(signal)),
    stop: async () => {
      if (isOver()) return;
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const over = new AbortController();
      const late = pause(stopMsMax, 'late', { signal: over.signal }).catch(() => 'aborted');
      if ((await Promise.race([ended, late])) === 'late') child.kill('SIGKILL');
      over.abort();
      await ended;
    },
  };
}

async function whenReady(child: ChildProcess, onLog: ((line: string) => void) | undefined): Promise<void> {
  const lines: string[] = [];
  await new Promise<void>((settle, reject) => {
    const failed = (how: string): void =>
      reject(new PushError('SERVER_FAILED', `nats-server ${how}: ${lines.join('\n').slice(-2_000)}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      failed(`was not ready within ${String(readyMsMax)} ms`);
    }, readyMsMax);
    const over = (act: () => void) => (): void => {
      clearTimeout(timer);
      act();
    };
    child.once('error', (error) => over(() => failed(error.message))());
    child.once('exit', (code, signal) => over(() => failed(`ended with ${String(code ?? signal)}`))());
    let rest = '';
    child.stderr?.on('data', (data: Buffer) => {
      const parts = (rest + data.toString()).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        if (lines.length > linesKept) lines.shift();
        onLog?.(line);
        if (line.includes('Server is ready')) over(settle)();
      }
    });
  });
}

const filesIn = (directory: string): { readonly configFile: string; readonly pidFile: string } => ({
  configFile: join(directory, 'nats-server.conf'),
  pidFile: join(directory, 'nats-server.pid'),
});

/**
 * Ends the nats-server that an earlier, killed parent left behind: two servers on one store would damage it.
 *
 * @throws PushError when its parent lives: two of them on one directory would end each other's server for ever.
 */
export async function endLeftover(directory: string): Promise<void> {
  const { configFile, pidFile } = filesIn(directory);
  const [pid = 0, parent = 0] = (await readFile(pidFile, 'utf8').catch(() => '')).split(' ').map(Number);
  if (!(pid > 0)) return;
  const deadline = performance.now() + stopMsMax;
  // Another process may have the number by now: only one that was started from this very configuration is ours.
  while (await runsFrom(pid, configFile)) {
    if (parent !== process.pid && (await parentOf(pid)) === parent)
      throw new PushError('SERVER_FAILED', `Process ${String(parent)} runs a nats-server in ${directory}.`);
    process.kill(pid, performance.now() < deadline ? 'SIGTERM' : 'SIGKILL');
    await pause(100);
  }
}

/** The parent of a process; undefined where there is no /proc. */
async function parentOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  const found = /^PPid:\s*(\d+)$/m.exec(status)?.[1];
  return found === undefined ? undefined : Number(found);
}

async function runsFrom(pid: number, configFile: string): Promise<boolean> {
  const commandLine = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
  return commandLine.split('\0').includes(configFile);
}
