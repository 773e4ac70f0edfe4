// Installs a Debian package, where that is possible at all: root on a system with apt-get.
import { readFile } from 'node:fs/promises';
import { report, withInstallLock } from './cache.ts';
import { findOnPath, tryCommand } from './run-command.ts';

/** True when this process may install packages by apt-get. */
export async function canInstallDebianPackages(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release) && (await findOnPath('apt-get')) !== undefined;
}

/** Installs the package; false (and a line on stderr) when apt-get refuses. */
export async function installDebianPackage(name: string): Promise<boolean> {
  return withInstallLock('apt-get', async () => {
    report(`installing the Debian package ${name} by apt-get`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const update = await tryCommand('apt-get', ['update', '-qq'], { env });
    if (update.code !== 0) report(`apt-get update failed: ${update.stderr.trim().slice(-300)}`);
    const args = ['install', '-y', '-qq', '--no-install-recommends', name];
    const install = await tryCommand('apt-get', args, { env });
    if (install.code !== 0) report(`apt-get install ${name} failed: ${install.stderr.trim().slice(-300)}`);
    return install.code === 0;
  });
}
