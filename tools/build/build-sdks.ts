// Builds the SDKs as they are published: one bundle for each entry with our own packages inside, self-contained types, a
// manifest without anything of this workspace. What a bundle imports must stand in the manifest's dependencies or peers.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../lib/run.ts';
import { writeDeclarations } from './declarations.ts';
import { bundleForWeb, bundleWebPart, bundleWebSdk } from '@org/flags-web/build';

/** What a bundle may import. */
interface BundledManifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Manifest extends BundledManifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines?: object;
  readonly exports: Readonly<Record<string, string | { readonly '@org/source': string }>>;
  readonly peerDependenciesMeta?: object;
}

/** A way into a published package. */
interface Entry {
  /** As in the manifest: `.` or `./name`. */
  readonly subpath: string;
  /** The file's name without its ending. */
  readonly file: string;
  /** Relative to the package. */
  readonly source: string;
}

/** The packages that are published. */
export const sdks = ['flags-node', 'flags-web', 'flags-admin', 'flags-middleware'] as const;
export type Sdk = (typeof sdks)[number];

/** Builds one SDK into a folder that `npm pack` can take. */
export async function buildSdk(name: Sdk, target: string): Promise<void> {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest;
  const entries = entriesOf(manifest);
  for (const entry of entries) {
    const path = join(root, 'packages', name, entry.source);
    const code = name === 'flags-web' ? await bundleWeb(entry, manifest) : await bundleNode(path, manifest);
    writeFileSync(join(target, `${entry.file}.js`), code);
  }
  const sources = entries.map(({ source }) => source);
  await writeDeclarations(name, sources, join(target, 'types'));
  writeFileSync(
    join(target, 'package.json'),
    `${JSON.stringify(publishedManifest(name, manifest, entries), undefined, 2)}\n`,
  );
  for (const file of ['LICENSE', 'NOTICE']) cpSync(join(root, file), join(target, file));
  cpSync(join(root, 'packages', name, 'README.md'), join(target, 'README.md'));
}

/** What is exported from source; the rest of the exports is for this workspace. */
function entriesOf({ exports }: Manifest): readonly Entry[] {
  return Object.entries(exports).flatMap(([subpath, conditions]) => {
    if (typeof conditions === 'string') return [];
    const file = subpath === '.' ? 'index' : subpath.slice('./'.length);
    return [{ subpath, file, source: conditions['@org/source'].slice('./'.length) }];
  });
}

const grpc = '@grpc/grpc-js';
const externals = ({ dependencies, peerDependencies }: BundledManifest): string[] =>
  Object.keys({ ...dependencies, ...peerDependencies }).flatMap((name) => [name, `${name}/*`]);

async function bundleWeb({ subpath, source }: Entry, manifest: Manifest): Promise<string> {
  if (subpath === '.') return (await bundleWebSdk()).text;
  const entry = join(root, 'packages/flags-web', source);
  // It stands in front of the client's evaluator, by the names that has in the published module.
  if (subpath === './config') return (await bundleWebPart(entry)).text;
  return (await bundleForWeb(entry, { external: externals(manifest) })).text;
}

/** One module for Node with our own packages inside; everything else stays an import. */
export async function bundleNode(path: string, manifest: BundledManifest): Promise<string> {
  const external = externals(manifest);
  const { outputFiles, metafile } = await build({
    entryPoints: [path],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@org/source'],
    // Only the clients in the generated code need it, and the SDK has its own (docs/adr/0009).
    alias: external.includes(grpc) ? {} : { [grpc]: join(root, 'packages/flags-node/src/grpc/no-grpc.ts') },
    external,
    write: false,
    metafile: true,
    legalComments: 'inline',
  });
  // Whatever else stands in node_modules would be inlined unasked.
  const foreign = Object.keys(metafile.inputs).filter((path) => path.includes('node_modules/'));
  if (foreign.length > 0)
    throw new Error(`${manifest.name} uses what it does not depend on: ${foreign.join(', ')}`);
  return outputFiles[0]!.text;
}

function publishedManifest(folder: Sdk, manifest: Manifest, entries: readonly Entry[]) {
  const { name, version, description, license, engines } = manifest;
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifest;
  const typesOf = ({ source }: Entry): string => `./types/${folder}/${source.replace(/\.ts$/, '.d.ts')}`;
  const exported = entries.map((entry) => [
    entry.subpath,
    { types: typesOf(entry), default: `./${entry.file}.js` },
  ]);
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    exports: { ...(Object.fromEntries(exported) as object), './package.json': './package.json' },
    sideEffects: false,
    ...(engines ? { engines } : {}),
    ...(dependencies && Object.keys(dependencies).length > 0 ? { dependencies } : {}),
    ...(peerDependencies ? { peerDependencies, peerDependenciesMeta } : {}),
  };
}
