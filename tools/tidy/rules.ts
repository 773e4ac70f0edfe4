// House rules that a machine can judge line by line (CONTRIBUTING.md). Knows text only, no syntax tree: the rest is ESLint's.
import type { Finding, TextFile } from './files.ts';

type Rule = (file: TextFile) => readonly Finding[];

const linesMax = 400;
const source = /\.(ts|mts|mjs|js)$/;
const generated = /(^|\/)gen\/|\.d\.ts$|^package-lock\.json$/;
const recorded = /^tools\/bench\/results\//;
const upperCaseNames =
  /^(README|ARCHITECTURE|CONTRIBUTING|SECURITY|CHANGELOG|LICENSE|NOTICE)(\.md)?$|^Cargo\.(toml|lock)$/;

/** Applies every rule to every file. */
export function tidy(files: readonly TextFile[]): readonly Finding[] {
  return files
    .filter(({ path }) => !generated.test(path))
    .flatMap((file) => rules.flatMap((rule) => rule(file)));
}

const hasHeader: Rule = ({ path, text }) => {
  // A test's own sentences say what it is for.
  if (!source.test(path) || path.endsWith('.test.ts')) return [];
  const first = text.startsWith('#!') ? text.slice(text.indexOf('\n') + 1) : text;
  return /^\/\/ \S.{8,}/.test(first)
    ? []
    : [{ path, line: 1, message: 'opens without a comment that says what it is for' }];
};

const isShort: Rule = ({ path, text }) => {
  const lines = text.split('\n').length - 1;
  const counts = (source.test(path) || path.endsWith('.proto')) && lines > linesMax;
  return counts
    ? [{ path, line: lines, message: `has ${lines} lines, more than ${linesMax}: is it still one idea?` }]
    : [];
};

const hasKebabCaseName: Rule = ({ path }) => {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.startsWith('.') || upperCaseNames.test(name) || /\.(proto|py)$/.test(name)) return [];
  return /^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name)
    ? []
    : [{ path, line: 1, message: 'is not named in kebab-case' }];
};

// The brackets keep this file from finding itself.
const words: readonly { readonly pattern: RegExp; readonly only?: RegExp; readonly message: string }[] = [
  {
    pattern: /\b(it|test|describe|suite)\.(only|skip|todo|skipIf|runIf)\b/,
    only: source,
    message: 'narrows or skips tests',
  },
  { pattern: /\b(xit|xdescribe|fit|fdescribe)\(/, only: source, message: 'narrows or skips tests' },
  { pattern: /\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b/, message: 'leaves something unfinished in words' },
  { pattern: /@ts-(ignor[e]|nochec[k])\b/, only: source, message: 'switches the type checker off' },
  { pattern: /\bas an[y]\b/, only: source, message: 'switches the type checker off' },
  {
    pattern: /eslint-disabl[e](?!.* -- \S)/,
    only: source,
    message: 'switches a rule off without saying why (-- reason)',
  },
  {
    pattern: /(^|[\s"'`(=:])\/(wor[k]|roo[t]|hom[e]|far[m]|tm[p])\//,
    message: 'names a path of one machine',
  },
  { pattern: /\.\.\/share[d]\//, message: 'depends on a folder outside the repository' },
  { pattern: /\b(debugge[r]);/, only: source, message: 'stops in a debugger' },
];

const avoidsWords: Rule = ({ path, text }) => {
  if (recorded.test(path)) return [];
  return text
    .split('\n')
    .flatMap((line, index) =>
      words
        .filter(({ pattern, only }) => (only === undefined || only.test(path)) && pattern.test(line))
        .map(({ message }) => ({ path, line: index + 1, message })),
    );
};

const pinsVersions: Rule = ({ path, text }) => {
  if (!/(^|\/)package\.json$/.test(path)) return [];
  const manifest = JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
  return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((group) =>
    Object.entries(manifest[group] ?? {})
      .filter(
        ([name, version]) =>
          !/^(npm:.+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) &&
          !(name.startsWith('@org/') && version === '*'),
      )
      .map(([name, version]) => ({
        path,
        line: 1,
        message: `does not pin ${name} to one version (${version})`,
      })),
  );
};

const rules: readonly Rule[] = [hasHeader, isShort, hasKebabCaseName, avoidsWords, pinsVersions];
