// Builds the browser SDK into one ES module: our own pure packages are inlined, so installing it installs nothing else.
// Run as a program it writes dist/index.js and prints its size; the size benchmark weighs exactly what is published.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { minify } from 'terser';

const here = dirname(fileURLToPath(import.meta.url));

/** The size limit of the published module in bytes, gzip -9. It was 8 kB before the operators beyond the first eleven. */
export const gzipBytesMax = 10_000;

/** What a build made. */
export interface BuiltSdk {
  readonly text: string;
  readonly minBytes: number;
  readonly gzipBytes: number;
  /** What our own names are called in it. */
  readonly mangleCache: Record<string, string | false>;
}

/** Browsers get the compact evaluator; what the other packages import of the evaluator, it has too. */
const compactEvaluator: Plugin = {
  name: 'compact-evaluator',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^@org\/evaluator$/ }, ({ path, kind, resolveDir }) =>
      resolve(`${path}/compact`, { kind, resolveDir }),
    );
  },
};

/**
 * Names between our own modules, which get short ones in the published module. None of them may be a name that the
 * platform, the wire, a document or the SDK's public interface uses too.
 */
export const internalNames =
  /^(?:answer|apply|asked|beacon|call|closed|connect|digest|disconnect|drainCounts|emit|evaluate|evaluator|expire|expired|expose|exposes|flagId|holds|leads|leave|lists|load|machine|nudge|onStatus|opened|overlaysOf|position|post|receive|resume|revisionOf|setOverrides|setState|stores|streams|suspend|tick|wake|wakeIn|watch)$/;

/** Bundles the SDK in memory. */
export const bundleWebSdk = (): Promise<BuiltSdk> =>
  bundleForWeb(join(here, 'src/index.ts'), { mangleProps: internalNames, mangleCache: {} });

/** Bundles a part that reaches into the SDK: our own names are shortened to what the SDK calls them. */
export const bundleWebPart = async (entry: string): Promise<BuiltSdk> => {
  const { mangleCache } = await bundleWebSdk();
  return bundleForWeb(entry, { mangleProps: internalNames, mangleCache });
};

/** Bundles any module as the SDK is bundled, to try its parts in browsers; their names stay. */
export const bundleForWeb = async (
  entry: string,
  more: Pick<BuildOptions, 'mangleProps' | 'mangleCache' | 'external'> = {},
): Promise<BuiltSdk> => {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    conditions: ['@org/source'],
    plugins: [compactEvaluator],
    write: false,
    logLevel: 'silent',
    ...more,
  });
  const { mangleCache = {} } = result;
  const text = await minifyMore(result.outputFiles[0]!.text);
  const bytes = Buffer.from(text);
  return { text, mangleCache, minBytes: bytes.length, gzipBytes: gzipSync(bytes, { level: 9 }).length };
};

/** Takes off another 4 %: esbuild minifies in one pass. */
async function minifyMore(text: string): Promise<string> {
  const { code } = await minify(text, { module: true, ecma: 2020, compress: { passes: 3 } });
  if (code === undefined) throw new Error('terser gave no code');
  return code;
}

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
