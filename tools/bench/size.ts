// Sizes of the SDKs as an application pays for them: bundled and minified by esbuild, gzip -9. Prints one line each.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { nodeSubjects, peers, type SizeSubject } from './size-subjects.ts';

interface Measured {
  readonly bench: 'size';
  readonly subject: string;
  readonly gzipBytes: number;
  readonly minBytes: number;
}

/** Bundles one subject and weighs it. */
export const measure = async ({ subject, code, platform, external = [] }: SizeSubject): Promise<Measured> => {
  const result = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'js' },
    bundle: true,
    format: 'esm',
    platform,
    target: platform === 'browser' ? 'es2022' : 'node20',
    minify: true,
    legalComments: 'none',
    conditions: ['@org/source'],
    external: [...external],
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
    logLevel: 'error',
  });
  return weigh(subject, result.outputFiles[0]!.contents);
};

/** Our browser SDK: the whole published module, nothing shaken off. Built here and now, by its own build. */
export const measureWebSdk = (): Measured => {
  const script = fileURLToPath(new URL('../../packages/flags-web/build.ts', import.meta.url));
  const built = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as {
    readonly file: string;
  };
  return weigh('@org/flags-web', readFileSync(built.file));
};

const weigh = (subject: string, bytes: Uint8Array): Measured => ({
  bench: 'size',
  subject,
  gzipBytes: gzipSync(bytes, { level: 9 }).length,
  minBytes: bytes.length,
});

const print = (row: Measured): void => {
  const text = `${row.subject.padEnd(56)} ${String(row.gzipBytes).padStart(8)} B gzip ${String(row.minBytes).padStart(9)} B min`;
  console.log(process.argv.includes('--json') ? JSON.stringify(row) : text);
};

if (import.meta.main) {
  print(measureWebSdk());
  for (const subject of [...nodeSubjects, ...peers]) print(await measure(subject));
}
