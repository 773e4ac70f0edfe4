// A foreign program as a child: started, waited for, ended.
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

const startTimeoutMs = 30_000;
const pollMs = 50;

/** Starts the program with its output thrown away. */
export function startProgram(binary: string, args: readonly string[]) {
  const child = spawn(binary, args, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  return {
    /** Waits for the condition. @throws Error after 30 s, or when the program has ended. */
    async until(condition: () => Promise<boolean>): Promise<void> {
      const deadlineMs = performance.now() + startTimeoutMs;
      while (!(await condition())) {
        if (child.exitCode !== null || performance.now() > deadlineMs)
          throw new Error(`${binary} did not get ready`);
        await pause(pollMs);
      }
    },
    async stop(): Promise<void> {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
