// The files of the repository as the checkers see them: tracked, or new and not ignored.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run, root } from '../lib/run.ts';

/** A text file by its path from the repository's folder, with forward slashes. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** What a checker found, as a reader can act on it. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

const binary = /\.(png|jpg|ico|woff2|gz|tgz|bin)$/;

/** Every text file that belongs to the repository. */
export async function repositoryFiles(): Promise<readonly TextFile[]> {
  const { code, output } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  if (code !== 0) throw new Error(output);
  const paths = [...new Set(output.split('\0'))].filter((path) => path !== '' && !binary.test(path));
  return paths.filter(isFile).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function isFile(path: string): boolean {
  return statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true;
}

/** Findings as lines of text, e.g. `packages/x/src/a.ts:3 no narrowed tests`. */
export function report(findings: readonly Finding[]): string {
  return findings.map(({ path, line, message }) => `${path}:${line} ${message}`).join('\n');
}
