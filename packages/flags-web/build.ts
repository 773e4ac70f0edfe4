// Builds the browser SDK into one ES module: our own pure packages are inlined, so installing it installs nothing else.
// Called by the repository's build and by the size benchmark, which measures exactly what is published.
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';

const entry = fileURLToPath(new URL('./src/index.ts', import.meta.url));

/** What the published file is built with. Changing it changes the measured size. */
export const webBuildOptions = {
  entryPoints: [entry],
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  conditions: ['@org/source'],
  // By convention names that begin with an underscore are internal: never on the wire, never in the public types.
  mangleProps: /^_[a-z]/,
} as const satisfies BuildOptions;

/** The text of the published module. */
export const bundleWebSdk = async (): Promise<string> => {
  const result = await build({ ...webBuildOptions, write: false, logLevel: 'silent' });
  return result.outputFiles[0]!.text;
};

/** Writes `dist/index.js` and returns its size. */
export const buildWebSdk = async (): Promise<{ readonly file: string; readonly minBytes: number; readonly gzipBytes: number }> => {
  const file = fileURLToPath(new URL('./dist/index.js', import.meta.url));
  const text = await bundleWebSdk();
  const { mkdir, writeFile } = await import('node:fs/promises');
  await mkdir(new URL('./dist/', import.meta.url), { recursive: true });
  await writeFile(file, text);
  return { file, minBytes: Buffer.byteLength(text), gzipBytes: gzipSync(text, { level: 9 }).length };
};

if (import.meta.main) console.log(JSON.stringify(await buildWebSdk()));
