// A folder as a source: what lies in it at one moment, however editors and mounts put it there. Notices of the file system
// are hints; what counts is the hash of the contents, and a look now and then.
import { createHash, randomUUID } from 'node:crypto';
import { watch, type FSWatcher } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileLimits, type FileProblem, type SourceFile } from '@org/files';
import type { Runtime } from '../domain/ports.ts';
import { scanFolder, type Scan, type ScannedFile } from './scan-folder.ts';
import { SourceError, type Source, type SourceContent } from './source.ts';

/** After a notice: a save is several of them. */
const debounceMs = 20;
const debounceMsMax = 100;
/** A file that was written a moment ago may still be on its way: it is looked at again after this. */
const settleMs = 40;
/** Somebody who writes all the time is read as soon as two looks agree, or the next time. */
const looksMax = 50;

interface Held extends SourceFile {
  readonly identity: string;
}

/** Makes the source; nothing is read yet. */
export function createDirectorySource(root: string, runtime: Pick<Runtime, 'now' | 'after'>): Source {
  let held = new Map<string, Held>();
  const watches = createWatches();
  const take = async (): Promise<SourceContent> => {
    for (let look = 0; look < looksMax; look += 1) {
      const scan = await scanFolder(root);
      watches.keep(scan.folders);
      const ageMs = runtime.now() - Math.max(0, ...scan.files.map(({ modifiedMs }) => modifiedMs));
      if (Math.abs(ageMs) < settleMs) await pause(settleMs);
      const problems = tooLarge(scan.files);
      const read = problems.length > 0 ? new Map<string, Held>() : await readFiles(root, scan, held);
      const after = await scanFolder(root);
      if (read === undefined || signatureOf(scan) !== signatureOf(after)) continue;
      held = read;
      return contentOf(root, [...read.values()], problems);
    }
    throw new SourceError('The files change all the time.');
  };
  return {
    read: take,
    follow: (changed) => watches.follow(debounced(runtime, changed)),
    write: (file, text, before) => replaceFile(join(root, file), text, before),
  };
}

const signatureOf = ({ files }: Scan): string =>
  files.map(({ path, identity }) => `${path}\0${identity}`).join('\n');

function tooLarge(files: readonly ScannedFile[]): readonly FileProblem[] {
  const { fileBytesMax, sourceBytesMax } = fileLimits;
  const problems = files
    .filter(({ bytes }) => bytes > fileBytesMax)
    .map(({ path }) => problem(path, `The file has more than ${fileBytesMax} bytes.`));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return bytes > sourceBytesMax
    ? [...problems, problem('', `The files have more than ${sourceBytesMax} bytes together.`)]
    : problems;
}

const problem = (file: string, message: string): FileProblem => ({
  ...{ file, line: file === '' ? 0 : 1, column: file === '' ? 0 : 1, rule: 'max_bytes', message },
});

/** Reads what is not held as it lies there; undefined when a file went meanwhile. */
async function readFiles(
  root: string,
  { files }: Scan,
  held: ReadonlyMap<string, Held>,
): Promise<Map<string, Held> | undefined> {
  const read = new Map<string, Held>();
  for (const { path, identity } of files) {
    const known = held.get(path);
    const text = known?.identity === identity ? known.text : await textOf(join(root, path));
    if (text === undefined) return undefined;
    read.set(path, { path, identity, text });
  }
  return read;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new SourceError(`${basename(path)} cannot be read (${code ?? 'error'}).`, { cause: error });
  }
}

function contentOf(root: string, files: readonly Held[], problems: readonly FileProblem[]): SourceContent {
  const hash = createHash('sha256');
  for (const { path, text } of files) hash.update(`${path.length}:${path}${text.length}:${text}`);
  for (const { file, message } of problems) hash.update(`!${file} ${message}`);
  return { version: hash.digest('hex').slice(0, 32), files, author: `file:${basename(root)}`, problems };
}

/** Never a half-written file: a new one takes its place. */
async function replaceFile(path: string, text: string, before: string): Promise<void> {
  const present = await textOf(path);
  if (present !== before) throw new SourceError(`${basename(path)} was changed meanwhile.`);
  const made = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}`);
  try {
    const { mode } = await stat(path);
    await writeFile(made, text, { mode });
    await rename(made, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SourceError(`${basename(path)} cannot be written (${code ?? 'error'}).`, { cause: error });
  }
}

/** Calls once for many notices: after a pause, and not later than some pauses after the first. */
function debounced(runtime: Pick<Runtime, 'now' | 'after'>, changed: () => void): () => void {
  let firstMs: number | undefined;
  let cancel = (): void => undefined;
  return () => {
    const nowMs = runtime.now();
    firstMs ??= nowMs;
    cancel();
    const waitMs = Math.max(0, Math.min(debounceMs, firstMs + debounceMsMax - nowMs));
    cancel = runtime.after(waitMs, () => {
      firstMs = undefined;
      changed();
    });
  };
}

interface Watches {
  follow(noticed: () => void): () => void;
  /** Watches these folders and no others. */
  keep(folders: ReadonlyMap<string, string>): void;
}

/** Watches of folders: those of files would be lost with every editor that replaces them. */
function createWatches(): Watches {
  const open = new Map<string, { readonly identity: string; readonly watcher: FSWatcher }>();
  let notice: (() => void) | undefined;
  const end = (folder: string): void => {
    open.get(folder)?.watcher.close();
    open.delete(folder);
  };
  return {
    follow(noticed) {
      notice = noticed;
      return () => {
        notice = undefined;
        for (const folder of [...open.keys()]) end(folder);
      };
    },
    keep(folders) {
      for (const [folder, { identity }] of open) if (folders.get(folder) !== identity) end(folder);
      if (notice === undefined) return;
      for (const [folder, identity] of folders) {
        if (open.has(folder)) continue;
        try {
          const watcher = watch(folder, { persistent: false }, () => notice?.());
          // What cannot be watched is looked at now and then.
          watcher.on('error', () => end(folder));
          open.set(folder, { identity, watcher });
        } catch {
          continue;
        }
      }
    },
  };
}
