// Builds the SDKs as they are published: one bundle with our own packages inside, self-contained types, a manifest
// without anything of this workspace. What a bundle imports must stand in the manifest's dependencies.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../lib/run.ts';
import { writeDeclarations } from './declarations.ts';
import { bundleWebSdk } from '@org/flags-web/build';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines?: object;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The packages that are published. */
export const sdks = ['flags-node', 'flags-web'] as const;
export type Sdk = (typeof sdks)[number];

/** Builds one SDK into a folder that `npm pack` can take. */
export async function buildSdk(name: Sdk, target: string): Promise<void> {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest;
  const code = name === 'flags-web' ? (await bundleWebSdk()).text : await bundleNodeSdk(manifest);
  writeFileSync(join(target, 'index.js'), code);
  const types = await writeDeclarations(name, join(target, 'types'));
  writeFileSync(
    join(target, 'package.json'),
    `${JSON.stringify(publishedManifest(manifest, types), undefined, 2)}\n`,
  );
  for (const file of ['LICENSE', 'NOTICE']) cpSync(join(root, file), join(target, file));
  cpSync(join(root, 'packages', name, 'README.md'), join(target, 'README.md'));
}

async function bundleNodeSdk({ dependencies = {} }: Manifest): Promise<string> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, 'packages/flags-node/src/index.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@org/source'],
    // Only the clients in the generated code need it, and the SDK has its own (docs/adr/0009).
    alias: { '@grpc/grpc-js': join(root, 'packages/flags-node/src/grpc/no-grpc.ts') },
    external: Object.keys(dependencies).flatMap((name) => [name, `${name}/*`]),
    write: false,
    metafile: true,
    legalComments: 'inline',
  });
  // Whatever else stands in node_modules would be inlined unasked.
  const foreign = Object.keys(metafile.inputs).filter((path) => path.includes('node_modules/'));
  if (foreign.length > 0)
    throw new Error(`flags-node uses what it does not depend on: ${foreign.join(', ')}`);
  return outputFiles[0]!.text;
}

function publishedManifest(
  { name, version, description, license, engines, dependencies }: Manifest,
  types: string,
) {
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    exports: {
      '.': { types: `./types/${types}`, default: './index.js' },
      './package.json': './package.json',
    },
    sideEffects: false,
    ...(engines ? { engines } : {}),
    ...(dependencies && Object.keys(dependencies).length > 0 ? { dependencies } : {}),
  };
}
