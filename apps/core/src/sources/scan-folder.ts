// Which files of documents a folder holds now, by what the file system says of them, without reading any. Symbolic links are
// followed: mounted volumes are made of them.
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileLimits, isDocumentFile } from '@org/files';
import { SourceError } from './source.ts';

/** A file as it lies there; another `identity` may be another content. */
export interface ScannedFile {
  readonly path: string;
  readonly identity: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface Scan {
  /** By path. */
  readonly files: readonly ScannedFile[];
  /** Folders whose changes may be changes of these files, by what they are. */
  readonly folders: ReadonlyMap<string, string>;
}

const depthMax = 16;
const atOnce = 64;

/** Looks at everything below the folder. @throws {SourceError} when it is not there or holds too many files */
export async function scanFolder(root: string): Promise<Scan> {
  const files: ScannedFile[] = [];
  const folders = new Map<string, string>();
  const seen = new Set<string>();
  let open = [''];
  for (let depth = 0; open.length > 0; depth += 1) {
    if (depth > depthMax) throw new SourceError(`Folders are nested deeper than ${depthMax} levels.`);
    const below: string[] = [];
    for (const folder of open) below.push(...(await scanOne(root, folder, { files, folders, seen })));
    open = below;
  }
  return { files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), folders };
}

interface Found {
  readonly files: ScannedFile[];
  readonly folders: Map<string, string>;
  /** Real folders: links may lead in circles. */
  readonly seen: Set<string>;
}

/** Answers with the folders in it. */
async function scanOne(root: string, folder: string, found: Found): Promise<readonly string[]> {
  const path = join(root, folder);
  const real = await realpath(path).catch((error: unknown) => gone(folder, error));
  if (real === undefined || found.seen.has(real)) return [];
  found.seen.add(real);
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => gone(folder, error));
  const itself = await stat(path).catch((error: unknown) => gone(folder, error));
  if (entries === undefined || itself === undefined) return [];
  found.folders.set(path, String(itself.ino));
  const names = entries.filter(({ name }) => !name.startsWith('.'));
  const below: string[] = [];
  for (let start = 0; start < names.length; start += atOnce) {
    const part = names.slice(start, start + atOnce);
    await Promise.all(
      part.map(async (entry) => {
        const inside = folder === '' ? entry.name : `${folder}/${entry.name}`;
        const isFolder = await scanEntry(root, inside, entry.isSymbolicLink(), found);
        if (isFolder) below.push(inside);
      }),
    );
  }
  return below.toSorted();
}

/** Whether it is a folder. */
async function scanEntry(root: string, path: string, isLink: boolean, found: Found): Promise<boolean> {
  const full = join(root, path);
  const stats = await stat(full).catch(() => undefined);
  if (stats?.isDirectory() === true) return true;
  if (stats?.isFile() !== true || !isDocumentFile(path)) return false;
  if (isLink) await followLink(full, found);
  if (found.files.length >= fileLimits.filesMax)
    throw new SourceError(`The folder holds more than ${fileLimits.filesMax} files.`);
  const { ino, size, mtimeMs, ctimeMs } = stats;
  found.files.push({
    path,
    identity: `${ino} ${size} ${mtimeMs} ${ctimeMs}`,
    bytes: size,
    modifiedMs: mtimeMs,
  });
  return false;
}

/** Where the file really lies, it may be written. */
async function followLink(path: string, { folders }: Found): Promise<void> {
  const real = await realpath(path).catch(() => undefined);
  const folder = real === undefined ? undefined : dirname(real);
  if (folder !== undefined && !folders.has(folder)) folders.set(folder, folder);
}

/** A folder in it may go while it is looked at; the folder itself may not. */
function gone(folder: string, error: unknown): undefined {
  if (folder !== '') return undefined;
  throw new SourceError(`The folder cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`, {
    cause: error,
  });
}
