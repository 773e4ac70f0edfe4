// How documents, changes and histories look to people.
import type { CommitResult, DocumentDiff, Flag, Revision, StoredDocument } from '@org/flags-admin';
import { Document, visit } from 'yaml';
import { oneLine, printable, table } from './printable.ts';

/** Members in the order people look for them; others follow by name. */
const order = [
  ...['description', 'owner', 'tags', 'type', 'enabled', 'killed', 'clientVisible', 'remoteEvaluation'],
  ...['schema', 'variants', 'offVariant', 'prerequisites', 'targets', 'rules', 'default'],
  ...[
    'id',
    'flag',
    'variant',
    'keys',
    'when',
    'serve',
    'op',
    'attribute',
    'kind',
    'key',
    'of',
    'value',
    'values',
  ],
];

/** The document with its members in a fixed order, so that the same document is the same text. */
export function ordered(value: unknown, isData = false): unknown {
  if (Array.isArray(value)) return value.map((item) => ordered(item, isData));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (isData ? compare(a, b) : byPlace(a, b)));
  return Object.fromEntries(
    entries.map(([name, member]) => [
      name,
      keepsOrder.has(name) && !isData ? member : ordered(member, isData),
    ]),
  );
}

/** Of the authors' own contents the order is theirs. */
const keepsOrder: ReadonlySet<string> = new Set(['variants', 'schema', 'metadata', 'value', 'values']);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
const byPlace = (a: string, b: string): number => place(a) - place(b) || compare(a, b);

/** A document as YAML, which reads as the same document although it is printed by `printable`. */
export function yamlOf(value: unknown): readonly string[] {
  const document = new Document(value, { aliasDuplicateObjects: false });
  // Only between double quotes an escape means its character.
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && printable(scalar.value) !== scalar.value)
        scalar.type = 'QUOTE_DOUBLE';
    },
  });
  // Lines are not folded: folded blocks do not read as they were where blanks meet line ends.
  return document.toString({ lineWidth: 0 }).replace(/\n$/, '').split('\n');
}

/** On, off, killed. */
export const stateOf = ({ enabled, killed }: Flag): string => (killed ? 'killed' : enabled ? 'on' : 'off');

/** What is served when nothing else applies. */
export const defaultOf = (flag: Flag): string => {
  if (flag.default === undefined) return '';
  if ('variant' in flag.default) return flag.default.variant;
  const { weights } = flag.default.split;
  const sum = weights.reduce((total, { weight }) => total + weight, 0);
  return weights
    .map(({ variant, weight }) => `${variant} ${+((100 * weight) / sum).toFixed(3)} %`)
    .join(', ');
};

export const flagTable = (flags: readonly StoredDocument<'flag'>[]): readonly string[] =>
  table(
    ['KEY', 'TYPE', 'STATE', 'RULES', 'DEFAULT', 'REVISION', 'DESCRIPTION'],
    flags.map(({ key, document, revision }) => [
      key,
      document.type,
      stateOf(document),
      String(document.rules?.length ?? 0),
      defaultOf(document),
      String(revision),
      oneLine(document.description ?? '').slice(0, 60),
    ]),
  );

export const diffLines = (diffs: readonly DocumentDiff[]): readonly string[] =>
  diffs.flatMap(({ kind, key, before, after, summary, truncated }) => [
    `${before === undefined && !truncated ? '+' : after === undefined && !truncated ? '-' : '~'} ${kind} ${oneLine(key)}`,
    ...summary.map((line) => `    ${line}`),
  ]);

export const commitLines = (result: CommitResult, isDryRun = false): readonly string[] => {
  const { revision, unchanged, replayed, diffs } = result;
  const done = unchanged
    ? `nothing changed: revision ${revision.revision} has it already`
    : `${isDryRun ? 'would commit' : replayed ? 'had committed' : 'committed'} revision ${revision.revision}`;
  return [done, ...diffLines(diffs)];
};

export const historyTable = (revisions: readonly Revision[]): readonly string[] =>
  table(
    ['REVISION', 'TIME', 'BY', 'CHANGED', 'REASON'],
    revisions.map(({ revision, committedAt, author, principalName, changed, changedCount, reason }) => [
      String(revision),
      committedAt,
      author === '' ? principalName : `${author} (${principalName})`,
      changedCount === 1 && changed[0] ? `${changed[0].kind} ${changed[0].key}` : `${changedCount} documents`,
      reason.slice(0, 80),
    ]),
  );
