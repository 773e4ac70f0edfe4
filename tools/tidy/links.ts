// Checks what documents point at: relative links and their anchors, paths in backticks, and npm commands.
import type { Finding, TextFile } from './files.ts';

const pathInBackticks = /`((?:packages|apps|tools|test|docs|proto|\.ci)\/[\w./-]*[\w/-])`/g;
const link = /\[[^\]]*\]\(([^)\s]+)\)/g;
const command = /npm (?:run )?(start|test|[a-z]+:[a-z]+|(?<=run )[a-z]+)\b/g;

/** What documents may point at. */
export interface Targets {
  /** Every path of the repository, folders (without a slash at the end) included. */
  readonly paths: ReadonlySet<string>;
  readonly scripts: ReadonlySet<string>;
}

/** Every path with the folders above it. */
export function withFolders(paths: Iterable<string>): ReadonlySet<string> {
  const all = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/');
    parts.forEach((_, index) => all.add(parts.slice(0, index + 1).join('/')));
  }
  return all;
}

/** Findings about the documents (`*.md`) among the files. */
export function checkLinks(files: readonly TextFile[], targets: Targets): readonly Finding[] {
  const documents = new Map(
    files.filter(({ path }) => path.endsWith('.md')).map(({ path, text }) => [path, text]),
  );
  return [...documents].flatMap(([path, text]) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        [
          ...brokenLinks(path, line, documents, targets),
          ...brokenPaths(line, targets),
          ...unknownCommands(line, targets),
        ].map((message) => ({ path, line: index + 1, message })),
      ),
  );
}

function brokenLinks(
  from: string,
  line: string,
  documents: ReadonlyMap<string, string>,
  targets: Targets,
): readonly string[] {
  return [...line.matchAll(link)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = '', anchor] = target.split('#');
    const path = file === '' ? from : resolvePath(from, file);
    if (path !== '' && !targets.paths.has(path)) return [`links to ${target}, which does not exist`];
    const text = documents.get(path);
    if (anchor === undefined || text === undefined || anchors(text).has(anchor)) return [];
    return [`links to ${target}, a heading that does not exist`];
  });
}

function brokenPaths(line: string, targets: Targets): readonly string[] {
  return [...line.matchAll(pathInBackticks)]
    .map(([, path = '']) => path.replace(/\/$/, ''))
    .filter((path) => !targets.paths.has(path))
    .map((path) => `names ${path}, which does not exist`);
}

function unknownCommands(line: string, targets: Targets): readonly string[] {
  return [...line.matchAll(command)]
    .map(([, script = '']) => script)
    .filter((script) => !targets.scripts.has(script))
    .map((script) => `names the command ${script}, which package.json does not have`);
}

function resolvePath(from: string, target: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

/** Anchors of headings as GitHub makes them. */
function anchors(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ +(.*)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
