// `npm run build`: the packages that are published, in dist/<name>, with a tarball of each beside them.
import { join } from 'node:path';
import { buildCli } from '../build/build-cli.ts';
import { buildSdk, sdks } from '../build/build-sdks.ts';
import { packFolder } from '../build/pack.ts';
import { root } from '../lib/run.ts';

const dist = join(root, 'dist');
for (const name of sdks) {
  await buildSdk(name, join(dist, name));
  console.log(`dist/${await packFolder(join(dist, name), dist)}`);
}
await buildCli(join(dist, 'flagsctl'));
console.log(`dist/${await packFolder(join(dist, 'flagsctl'), dist)}`);
