// Runs one command to its end and finds commands on PATH. For installing; services are started by service-process.ts.
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** How a command ended. */
export interface CommandOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settings of a command that are not its arguments. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
}

const outputCharsMax = 1_000_000;

/** Runs a command and resolves with its outcome, also when it could not be started (code 127). */
export function tryCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutcome> {
  return new Promise((settle) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout = (stdout + data.toString()).slice(-outputCharsMax)));
    child.stderr.on('data', (data: Buffer) => (stderr = (stderr + data.toString()).slice(-outputCharsMax)));
    child.on('error', (error) => settle({ code: 127, stdout, stderr: `${stderr}${error.message}` }));
    child.on('close', (code) => settle({ code: code ?? 128, stdout, stderr }));
  });
}

/**
 * Runs a command and returns its standard output.
 *
 * @throws with the end of its output when it fails.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const outcome = await tryCommand(command, args, options);
  if (outcome.code === 0) return outcome.stdout;
  const tail = (outcome.stderr || outcome.stdout).trim().slice(-2_000);
  throw new Error(`${command} ${args.join(' ')} ended with ${String(outcome.code)}: ${tail}`);
}

/** Full path of the first of these names that PATH has. */
export async function findOnPath(...names: readonly string[]): Promise<string | undefined> {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  for (const name of names) {
    for (const directory of directories) {
      const path = join(directory, name);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

/** True when this process may execute the file. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
