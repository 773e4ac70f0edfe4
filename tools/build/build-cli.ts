// Builds the command line as it is published: one executable module with our own packages inside, and a manifest with
// nothing of this workspace in it.
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/run.ts';
import { bundleNode } from './build-sdks.ts';

interface CliManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: object;
  readonly dependencies: Readonly<Record<string, string>>;
}

const file = 'flagsctl.js';

/** Builds flagsctl into a folder that `npm pack` can take. */
export async function buildCli(target: string): Promise<void> {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const folder = join(root, 'apps/flagsctl');
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as CliManifest;
  writeFileSync(join(target, file), await bundleNode(join(folder, 'src/main.ts'), manifest));
  chmodSync(join(target, file), 0o755);
  const { name, version, description, license, engines, dependencies } = manifest;
  const published = {
    ...{ name, version, description, license, type: 'module' },
    ...{ bin: { flagsctl: `./${file}` }, engines, dependencies },
  };
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(published, undefined, 2)}\n`);
  for (const each of ['LICENSE', 'NOTICE']) cpSync(join(root, each), join(target, each));
  cpSync(join(folder, 'README.md'), join(target, 'README.md'));
}
