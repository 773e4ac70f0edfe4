// Makes the type declarations of an SDK self-contained: our own packages become relative files, nothing else is left in.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { root, runTool } from '../lib/run.ts';

/** Subpaths of our packages, as their package.json exports them. */
type Exports = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** Writes the declarations of these sources of packages/<name> below `target`, each at <name>/<source>. */
export async function writeDeclarations(
  name: string,
  sources: readonly string[],
  target: string,
): Promise<void> {
  const emitted = mkdtempSync(join(tmpdir(), 'flags-declarations-'));
  try {
    await emit(name, sources, emitted);
    const entries = sources.map((source) => declarationOf(`${name}/${source}`));
    for (const [path, text] of closure(emitted, entries)) {
      mkdirSync(dirname(join(target, path)), { recursive: true });
      writeFileSync(join(target, path), text);
    }
  } finally {
    rmSync(emitted, { recursive: true });
  }
}

/** Our packages are mapped to their files: what TypeScript finds in node_modules it makes no declarations for. */
async function emit(name: string, sources: readonly string[], outDir: string): Promise<void> {
  const config = join(outDir, 'tsconfig.json');
  const rootDir = join(root, 'packages');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
    rootDir,
    outDir,
    typeRoots: [join(root, 'node_modules/@types')],
    paths: Object.fromEntries(ownPaths()),
  };
  const files = sources.map((source) => join(rootDir, name, source));
  writeFileSync(
    config,
    JSON.stringify({ extends: join(rootDir, name, 'tsconfig.json'), compilerOptions, files, include: [] }),
  );
  const { code, output } = await runTool('typescript-native/bin/tsc', ['-p', config]);
  if (code !== 0) throw new Error(`The declarations of ${name} could not be made:\n${output}`);
}

function ownPaths(): readonly (readonly [string, readonly string[]])[] {
  return readdirSync(join(root, 'packages')).flatMap((name) =>
    Object.entries(exportsOf(name)).map(([subpath, file]) => {
      const source = typeof file === 'string' ? file : file['@org/source']!;
      return [posix.join('@org', name, subpath), [join(root, 'packages', name, source)]] as const;
    }),
  );
}

function exportsOf(name: string): Exports {
  return (
    JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as { exports: Exports }
  ).exports;
}

/** The files that the entries lead to, with imports that work outside this repository. */
function closure(folder: string, entries: readonly string[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue;
    const from = path;
    const text = readFileSync(join(folder, from), 'utf8').replace(
      specifiers,
      (whole, quote: string, specifier: string) => {
        const found = resolveOwn(from, specifier);
        if (found === undefined) return whole;
        waiting.push(found);
        return whole.replace(`${quote}${specifier}${quote}`, `${quote}${relative(from, found)}${quote}`);
      },
    );
    files.set(from, text);
  }
  return files;
}

const specifiers = /(?:from |import\(|import )(['"])([^'"]+)\1/g;

/** The declaration file behind an import of our own code; undefined for everything else. */
function resolveOwn(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return declarationOf(posix.join(posix.dirname(from), specifier));
  const [, name, subpath = ''] = /^@org\/([^/]+)(?:\/(.+))?$/.exec(specifier) ?? [];
  return name === undefined ? undefined : declarationOf(posix.join(name, exportedFile(name, subpath)));
}

function exportedFile(name: string, subpath: string): string {
  const exports = exportsOf(name);
  const exact = exports[subpath === '' ? '.' : `./${subpath}`];
  if (exact !== undefined) return typeof exact === 'string' ? exact : exact['@org/source']!;
  const [pattern, file] =
    Object.entries(exports).find(
      ([key]) => key.endsWith('*') && `./${subpath}`.startsWith(key.slice(0, -1)),
    ) ?? [];
  if (pattern === undefined || typeof file !== 'string')
    throw new Error(`@org/${name} exports no ${subpath}`);
  return file.replace('*', `./${subpath}`.slice(pattern.length - 1));
}

const declarationOf = (path: string): string => path.replace(/\.[jt]s$/, '.d.ts');

/** Declarations name the JavaScript that would stand beside them. */
function relative(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to).replace(/\.d\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}
