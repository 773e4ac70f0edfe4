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

/** What is evaluated by the core is asked for less: an answer each, and the code behind them is the same for all. */
const remoteFlags: readonly string[] = ['colours', 'targeted'];

/** The flags that a program assigns in this mode. */
const flagsFor = (mode: string): readonly string[] =>
  mode === 'flagd-in-process' ? Object.keys(flags) : remoteFlags;

/**
 * Assigns by a program that takes the path of a configuration as its last argument: every flag in process, two of them by
 * calls. Answers what is expected of it, too.
 */
export async function assignBy(
  installation: Installation,
  mode: string,
  command: string,
  args: readonly string[],
  cwd?: string,
): Promise<{ readonly expected: Assignments; readonly got: Assignments }> {
  const asked = flagsFor(mode);
  const all = [flags, segments, overlays];
  const documents = all.reduce((sum, kind) => sum + Object.keys(kind).length, 0);
  const { file, answers } = installation.config(mode, {
    proto: join(root, 'proto'),
    documents,
    flags: asked,
  });
  await runProgram(command, [...args, file], cwd === undefined ? {} : { cwd });
  const expected = asked.map((flag) => [flag, installation.expected[flag]!] as const);
  return { expected: Object.fromEntries(expected), got: answers() };
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
