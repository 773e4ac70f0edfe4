// Builds the browser SDK into one ES module: our own pure packages are inlined, so installing it installs nothing else.
// Run as a program it writes dist/index.js and prints its size; the size benchmark weighs exactly what is published.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = '/work/main/packages/flags-web';
const packages = join(here, '..');

/** The size limit of the published module in bytes, gzip -9. */
export const gzipBytesMax = 8 * 1024;

/** What a build made. */
export interface BuiltSdk {
  readonly text: string;
  readonly minBytes: number;
  readonly gzipBytes: number;
}

/** Bundles the SDK in memory. */
export const bundleWebSdk = async (): Promise<BuiltSdk> => {
  const result = await build({
    entryPoints: [join(here, 'src/index.ts')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    alias: process.env.STUB ? {'@org/evaluator':'/tmp/f-stub.ts'} : {}, external: ['@org/events'], conditions: ['@org/source'],
    mangleProps: /^____/,
    mangleQuoted: true,
    reserveProps: new RegExp(`^(?:${[...visibleNames()].join('|')})$`),
    write: false,
    logLevel: 'silent',
  });
  const { text, contents } = result.outputFiles[0]!;
  return { text, minBytes: contents.length, gzipBytes: gzipSync(contents, { level: 9 }).length };
};

/**
 * Property names that somebody outside of the bundle reads or writes, and that keep their names: the platform's, those
 * of messages and documents, and those of the public types. All other properties get short names. Every word of the
 * files counts, so a name can be kept for nothing but not lost.
 */
const visibleNames = (): ReadonlySet<string> => {
  const library = dirname(createRequire(import.meta.url).resolve('typescript'));
  const inLibrary = readdirSync(library).filter((name) => /^lib\.(?:es5|es20\d\d.*)\.d\.ts$/.test(name));
  const files = [
    ...inLibrary.map((name) => join(library, name)),
    ...sourcesOf('contract/src/model'),
    ...sourcesOf('contract/src/gen/flags/v1'),
    join(here, 'src/types.ts'),
    join(here, 'src/tab-message.ts'), join(packages,'sync/src/limits.ts'),
  ];
  return new Set(files.flatMap((file) => readFileSync(file, 'utf8').match(/[A-Za-z_]\w{2,}/g) ?? []));
};

const sourcesOf = (folder: string): string[] =>
  readdirSync(join(packages, folder)).map((name) => join(packages, folder, name));

/** Writes the module to `dist/index.js`. */
export const buildWebSdk = async (): Promise<BuiltSdk & { readonly file: string }> => {
  const built = await bundleWebSdk();
  const file = join(here, 'dist/index.js');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, built.text);
  return { ...built, file };
};

if (import.meta.main) {
  const { file, minBytes, gzipBytes } = await buildWebSdk();
  process.stdout.write(`${JSON.stringify({ file, minBytes, gzipBytes })}\n`);
}
