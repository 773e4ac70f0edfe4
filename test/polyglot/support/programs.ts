// Runs the clients of other languages. A language whose toolchain is absent is not run, and says so loudly.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from '@org/tools/lib/run';
import { describe, it } from 'vitest';
import type { Assignments, Installation } from './installation.ts';
import { overlays, flags, segments } from './population.ts';

export const folder = join(root, 'test', 'polyglot');
/** What is downloaded or built stays here between runs. */
const cache = join(root, '.cache', 'polyglot');

/** Defines the tests of a language, or a test whose name says loudly that its toolchain is not here. */
export async function describeLanguage(
  language: string,
  [command, ...args]: readonly [string, ...string[]],
  tests: () => void,
): Promise<void> {
  const { code } = await run(command, args);
  if (code === 0) return void describe(language, tests);
  const notice = `*** NOT RUN: ${language}, because "${command}" is not installed here. ***`;
  it(notice, () => void process.stderr.write(`\n${notice}\n\n`));
}

/** Runs a program. @throws with its output when it fails. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const { code, output } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}\n${output.slice(-6_000)}`);
  return output;
}

/** Assigns by a program that takes the path of a configuration as its last argument. */
export async function assignBy(
  installation: Installation,
  mode: string,
  command: string,
  args: readonly string[],
  cwd?: string,
): Promise<Assignments> {
  const all = [flags, segments, overlays];
  const documents = all.reduce((sum, kind) => sum + Object.keys(kind).length, 0);
  const { file, answers } = installation.config(mode, { proto: join(root, 'proto'), documents });
  await runProgram(command, [...args, file], cwd === undefined ? {} : { cwd });
  return answers();
}

/** A folder that is made once for a content, whole or not at all. */
export async function madeOnce(
  name: string,
  contentFile: string,
  make: (target: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(contentFile)).digest('hex').slice(0, 16);
  const target = join(cache, `${name}-${hash}`);
  if (existsSync(join(target, 'complete'))) return target;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  await make(target);
  const marker = join(target, 'incomplete');
  mkdirSync(marker);
  renameSync(marker, join(target, 'complete'));
  return target;
}

/** A virtual environment with exactly these requirements; answers its Python. */
export async function pythonWith(requirements: string): Promise<string> {
  const home = await madeOnce('python', requirements, async (target) => {
    await runProgram('python3', ['-m', 'venv', target]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
    await runProgram(join(target, 'bin', 'python'), pip);
  });
  return join(home, 'bin', 'python');
}
