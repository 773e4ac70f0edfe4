// Makes every generated file from its source: protobuf code, the access table, the lists of errors and operators.
// Always made aside first: a check compares, `npm run generate` copies what differs.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { root, run } from '../lib/run.ts';
import { errorsDocument } from './errors-document.ts';
import { generateAccessTable } from './generate-access-table.ts';
import { mendGeneratedCode } from './mend-generated.ts';
import { operatorsDocument } from './operators-document.ts';

const protobuf = 'packages/contract/src/gen';
const errors = 'docs/errors.md';
const operators = 'docs/operators.md';

/** Paths of generated files that differ from what their sources say now. Throws with the output of a tool that failed. */
export function staleFiles(): Promise<readonly string[]> {
  return withFreshCopy((fresh) => differingFiles(fresh));
}

/** Makes the committed files fresh, and returns the paths of those that were not. */
export function refreshFiles(): Promise<readonly string[]> {
  return withFreshCopy((fresh) => {
    const stale = differingFiles(fresh);
    for (const path of stale) {
      if (readOrNone(join(fresh, path)) === undefined) rmSync(join(root, path));
      else cpSync(join(fresh, path), join(root, path));
    }
    return stale;
  });
}

async function withFreshCopy<T>(use: (fresh: string) => T): Promise<T> {
  const fresh = mkdtempSync(join(tmpdir(), 'flags-generated-'));
  try {
    await generateInto(fresh);
    return use(fresh);
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

async function generateInto(target: string): Promise<void> {
  await buf(['lint']);
  // buf puts the template's `out` (relative to proto/) behind this folder.
  await buf(['generate', '--output', join(target, 'proto')]);
  // Made because options.proto extends it; nothing imports it.
  rmSync(join(target, protobuf, 'google/protobuf/descriptor.ts'), { force: true });
  mendGeneratedCode(join(target, protobuf));
  generateAccessTable(join(target, protobuf));
  writeText(join(target, errors), errorsDocument());
  writeText(join(target, operators), operatorsDocument());
}

function differingFiles(fresh: string): readonly string[] {
  const paths = new Set([root, fresh].flatMap((folder) => generatedFiles(folder)));
  return [...paths].filter((path) => readOrNone(join(root, path)) !== readOrNone(join(fresh, path))).sort();
}

function generatedFiles(folder: string): readonly string[] {
  const made = readdirSync(join(folder, protobuf), { recursive: true, withFileTypes: true });
  const files = made
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  return [...files, errors, operators];
}

function readOrNone(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function writeText(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

async function buf(args: readonly string[]): Promise<void> {
  const { code, output } = await run(join(root, 'node_modules/.bin/buf'), args, { cwd: join(root, 'proto') });
  if (code !== 0) throw new Error(`buf ${args.join(' ')} failed:\n${output}`);
}
