// Documents of a folder or a file on this machine, with the place of everything. Changes nothing.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  fileLimits,
  isDocumentFile,
  readDocuments,
  type FileDocument,
  type FileProblem,
  type SourceFile,
} from '@org/files';
import { CliError, type ExitName } from '../exit-codes.ts';
import type { Io } from '../io.ts';

/** All documents below a path, or of stdin for "-". @throws CliError with every finding */
export async function readSourceDocuments(path: string, io: Io): Promise<readonly FileDocument[]> {
  const files =
    path === '-'
      ? [{ path: 'stdin.yaml', text: await io.readStdin(fileLimits.fileBytesMax) }]
      : await readFiles(path, io);
  if (files.length === 0) throw new CliError(`${path} holds no .yaml, .yml or .json files`);
  const { documents, problems } = readDocuments(files);
  if (problems.length > 0) throw refusal(problems, 'usage');
  return documents;
}

async function readFiles(path: string, io: Io): Promise<readonly SourceFile[]> {
  const root = resolve(io.folder, path);
  try {
    if ((await stat(root)).isFile()) return [await readOne(root, path)];
    const names = (await readdir(root, { recursive: true })).map((name) => name.replaceAll('\\', '/'));
    const wanted = names.filter(isDocumentFile).toSorted();
    if (wanted.length > fileLimits.filesMax)
      throw new CliError(`${path} holds more than ${fileLimits.filesMax} files`);
    const files: SourceFile[] = [];
    for (const name of wanted) files.push(await readOne(join(root, name), name));
    return files;
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(`${path} cannot be read: ${String(error)}`);
  }
}

async function readOne(full: string, path: string): Promise<SourceFile> {
  if ((await stat(full)).size > fileLimits.fileBytesMax)
    throw new CliError(`${path} has more than ${fileLimits.fileBytesMax} bytes`);
  return { path, text: await readFile(full, 'utf8') };
}

/** What is wrong, each with its place, as the end of a run. */
export function refusal(problems: readonly FileProblem[], exit: ExitName): CliError {
  const lines = problems.map(({ file, line, column, kind, key, path, rule, message }) => {
    const place = file === '' ? '' : `${file}:${line}:${column}: `;
    const what = kind === undefined || kind === '' ? '' : `${kind} "${key}"${path ? ` ${path}` : ''}: `;
    return `${place}${what}${message} (${rule})`;
  });
  return new CliError(`${problems.length} finding(s)`, exit, { findings: lines });
}
