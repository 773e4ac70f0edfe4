// Finds a Chromium for the browser tests, or installs one: never a browser with a profile of somebody's own.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { canInstallDebianPackages, installDebianPackage } from './debian-package.ts';
import { fetchPackage, type PinnedPackage } from './npm-package.ts';
import { findOnPath, isExecutable, runCommand } from './run-command.ts';

const npmPackage: PinnedPackage = {
  name: '@sparticuz/chromium',
  version: '153.0.0',
  integrity:
    'sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==',
};

/** Start Chromium with these: no sandbox (containers run as root), no traffic of its own. */
export const chromiumFlags: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Path of a Chromium or Chrome: CHROMIUM_BIN, PATH, else installed by apt-get (as root on Debian) or unpacked from npm.
 *
 * @throws when none of these works here.
 */
export async function resolveChromium(): Promise<string> {
  const found = (await fromEnvironment()) ?? (await fromPath()) ?? (await fromAptGet()) ?? (await fromNpm());
  if (found !== undefined) return found;
  throw new Error('no Chromium: install one, or name it in CHROMIUM_BIN');
}

async function fromEnvironment(): Promise<string | undefined> {
  const path = process.env['CHROMIUM_BIN'];
  if (path === undefined || path === '') return undefined;
  if (await isExecutable(path)) return path;
  throw new Error(`CHROMIUM_BIN=${path} is not executable`);
}

function fromPath(): Promise<string | undefined> {
  return findOnPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
}

async function fromAptGet(): Promise<string | undefined> {
  if (!(await canInstallDebianPackages())) return undefined;
  return (await installDebianPackage('chromium')) ? fromPath() : undefined;
}

/** The package holds compressed parts: the browser, the libraries it needs, and a software renderer. */
async function fromNpm(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  return join(await fetchPackage(npmPackage, unpackParts), 'browser', 'chromium');
}

async function unpackParts(directory: string): Promise<void> {
  const target = join(directory, 'browser');
  await mkdir(target);
  await decompress(join(directory, 'bin', 'chromium.br'), join(target, 'chromium-binary'), 0o755);
  for (const part of ['al2023', 'swiftshader']) {
    const archive = join(target, `${part}.tar`);
    await decompress(join(directory, 'bin', `${part}.tar.br`), archive, 0o644);
    await runCommand('tar', ['-xf', archive, '-C', target]);
  }
  await writeFile(join(target, 'chromium'), launcher, { mode: 0o755 });
}

async function decompress(from: string, to: string, mode: number): Promise<void> {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to, { mode }));
}

/** Where the system has a library it is taken from there; the package's own fill the gaps. */
const launcher = `#!/bin/sh
here="$(dirname "$(readlink -f "$0")")"
export LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/lib"
exec "$here/chromium-binary" "$@"
`;
