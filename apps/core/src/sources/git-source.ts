// A branch of a Git repository as a source, by the Git of the machine: a bare, shallow copy that is fetched again and again.
// Nothing of the repository is ever run or checked out.
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { fileLimits, isDocumentFile, type SourceFile } from '@org/files';
import { SourceError, type Source, type SourceContent } from './source.ts';

const timeoutMs = 60_000;

export interface GitSourceOptions {
  readonly url: string;
  readonly branch: string;
  /** The folder within the repository; "" for all of it. */
  readonly path: string;
  /** Where the copy lies; made when it is not there. */
  readonly folder: string;
}

/** Makes the source; nothing is fetched yet. */
export function createGitSource({ url, branch, path, folder }: GitSourceOptions): Source {
  let known: SourceContent | undefined;
  const git = (...words: string[]): Promise<Buffer> => run(['--git-dir', folder, ...words]);
  const prepare = async (): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await git('init', '--quiet', '--bare', folder);
  };
  let prepared: Promise<void> | undefined;
  return {
    async read() {
      prepared ??= prepare();
      await prepared.catch((error: unknown) => {
        prepared = undefined;
        throw error;
      });
      await git(
        'fetch',
        '--quiet',
        '--depth=1',
        '--no-tags',
        '--no-recurse-submodules',
        '--',
        url,
        `refs/heads/${branch}`,
      );
      const version = (await git('rev-parse', '--verify', 'FETCH_HEAD^{commit}')).toString().trim();
      if (known?.version === version) return known;
      const files = await readTree(folder, version, path.replace(/^\/+|\/+$/g, ''));
      known = { version, files, author: `git:${version.slice(0, 12)}`, problems: [] };
      return known;
    },
  };
}

/** The files of documents of a commit. Links are none: they lead out of it. */
async function readTree(folder: string, commit: string, path: string): Promise<readonly SourceFile[]> {
  const where = path === '' ? [] : ['--', `${path}/`];
  const listed = await run(['--git-dir', folder, 'ls-tree', '-r', '-z', '--long', commit, ...where]);
  const blobs = listed
    .toString()
    .split('\0')
    .flatMap((line) => {
      const [, mode = '', id = '', bytes = '', full = ''] =
        /^(\d+) blob (\w+) +(\d+)\t(.*)$/s.exec(line) ?? [];
      const inside = path === '' ? full : full.slice(path.length + 1);
      return mode.startsWith('100') && isDocumentFile(inside)
        ? [{ id, bytes: Number(bytes), path: inside }]
        : [];
    });
  checkSizes(blobs);
  if (blobs.length === 0) return [];
  const contents = await run(
    ['--git-dir', folder, 'cat-file', '--batch'],
    blobs.map(({ id }) => `${id}\n`).join(''),
  );
  let offset = 0;
  return blobs.map(({ path: file, bytes }) => {
    const start = contents.indexOf(10, offset) + 1;
    offset = start + bytes + 1;
    return { path: file, text: contents.toString('utf8', start, start + bytes) };
  });
}

function checkSizes(blobs: readonly { readonly bytes: number; readonly path: string }[]): void {
  const { filesMax, fileBytesMax, sourceBytesMax } = fileLimits;
  const large = blobs.find(({ bytes }) => bytes > fileBytesMax);
  if (large !== undefined) throw new SourceError(`${large.path} has more than ${fileBytesMax} bytes.`);
  if (blobs.length > filesMax) throw new SourceError(`The repository holds more than ${filesMax} files.`);
  if (blobs.reduce((sum, { bytes }) => sum + bytes, 0) > sourceBytesMax)
    throw new SourceError(`The files have more than ${sourceBytesMax} bytes together.`);
}

/** Git without anything that could ask, run or reach further than it was told. */
function run(words: readonly string[], input = ''): Promise<Buffer> {
  const quiet = ['-c', 'core.hooksPath=/dev/null', '-c', 'protocol.ext.allow=never', '-c', 'gc.auto=0'];
  const outputMax = fileLimits.sourceBytesMax + 4 * 1024 * 1024;
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...quiet, ...words], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: 'true', LC_ALL: 'C' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const chunks: Buffer[] = [];
    let [bytes, complaint] = [0, ''];
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > outputMax) child.kill();
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => (complaint = `${complaint}${chunk}`.slice(0, 500)));
    child.on('error', (error) =>
      reject(new SourceError(`Git cannot be run (${error.message}).`, { cause: error })),
    );
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks));
      else reject(new SourceError(`Git: ${withoutSecrets(complaint) || `ended with ${code}`}`));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

const withoutSecrets = (text: string): string =>
  text
    .replace(/\/\/[^/@\s]+@/g, '//')
    .replace(/\s+/g, ' ')
    .trim();
