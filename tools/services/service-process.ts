// A child process that is a service: its last output, its end, and signals. Children are killed when this process exits,
// so that no test leaves one behind.
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

/** What to start. */
export interface ServiceCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** In a process group of its own: Ctrl-C in the terminal does not reach it. */
  readonly detached?: boolean;
  /** Called for every line on stdout and stderr. */
  readonly onLine?: (line: string) => void;
}

/** A running (or ended) child. */
export interface ServiceProcess {
  readonly pid: number;
  /** The last lines it wrote, for error messages. */
  output(): string;
  /** Resolves when the process is gone, with its exit code or signal. */
  readonly ended: Promise<string>;
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal, waits up to `graceMs`, then kills. A paused process is woken first. */
  end(signal: NodeJS.Signals, graceMs?: number): Promise<void>;
}

const linesKept = 200;
const children = new Set<ServiceProcess>();

process.on('exit', () => {
  for (const child of children) child.signal('SIGKILL');
});

/** Starts the command and follows its output. */
export function spawnService(options: ServiceCommand): ServiceProcess {
  const { command, args, onLine, ...rest } = options;
  const child = spawn(command, args, { ...rest, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const take = (line: string): void => {
    lines.push(line);
    if (lines.length > linesKept) lines.shift();
    onLine?.(line);
  };
  child.stdout.on('data', splitLines(take));
  child.stderr.on('data', splitLines(take));
  let running = true;
  const ended = new Promise<string>((settle) => {
    const finish = (how: string): void => {
      running = false;
      children.delete(service);
      settle(how);
    };
    child.on('error', (error) => finish(error.message));
    child.on('exit', (code, signal) => finish(signal ?? `exit code ${String(code)}`));
  });
  const service: ServiceProcess = {
    pid: child.pid ?? -1,
    output: () => lines.join('\n'),
    ended,
    isRunning: () => running,
    signal: (signal) => void (running && child.kill(signal)),
    end: async (signal, graceMs = 10_000) => {
      if (!running) return;
      child.kill('SIGCONT');
      child.kill(signal);
      const abort = new AbortController();
      const timer = pause(graceMs, 'late', { signal: abort.signal }).catch(() => 'aborted');
      if ((await Promise.race([ended, timer])) === 'late') child.kill('SIGKILL');
      abort.abort();
      await ended;
    },
  };
  children.add(service);
  return service;
}

function splitLines(take: (line: string) => void): (data: Buffer) => void {
  let rest = '';
  return (data) => {
    const parts = (rest + data.toString('utf8')).split('\n');
    rest = parts.pop() ?? '';
    parts.forEach(take);
  };
}

/**
 * Waits until the condition holds, asking every `everyMs`.
 *
 * @throws with the description when it does not hold within `timeoutMs`.
 */
export async function waitUntil(
  description: string,
  condition: () => boolean | Promise<boolean>,
  { timeoutMs = 30_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`gave up after ${String(timeoutMs)} ms: ${description}`);
    await pause(everyMs);
  }
}
