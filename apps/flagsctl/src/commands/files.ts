// flagsctl apply, diff, export, validate: folders of files and a server, both ways. And how a core's own sources stand.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  InvalidError,
  remove,
  type DocumentChange,
  type EnvironmentClient,
  type StoredDocument,
} from '@org/flags-admin';
import {
  authoredPart,
  checkDocuments,
  documentsText,
  isFileDocument,
  pluralOf,
  problemAt,
  type FileDocument,
  type FileProblem,
  type NamedDocument,
} from '@org/files';
import type { JsonObject } from '@org/contract/model';
import type { Command } from 'commander';
import { sameDocument } from '../definition.ts';
import { CliError } from '../exit-codes.ts';
import { readSourceDocuments, refusal } from '../input/read-sources.ts';
import type { Io } from '../io.ts';
import { commitLines, ordered } from '../output/describe.ts';
import { oneLine, table } from '../output/printable.ts';
import { act, type Session } from '../session.ts';
import { changeOptionsOf, withChangeOptions, type ChangeFlags } from './change-options.ts';

const fileOption = ['-f, --file <path>', 'a folder or a file, - for stdin'] as const;

export function addFileCommands(program: Command, io: Io): void {
  const apply = program
    .command('apply')
    .description('commit what files say and the environment does not, all or none')
    .requiredOption(...fileOption)
    .option('--prune', 'remove documents that are in no file')
    .option('--dry-run', 'validate and show what would change; commit nothing');
  withChangeOptions(apply).action(act<ApplyFlags>(io, applyFiles));
  program
    .command('diff')
    .description('what applying files would change')
    .requiredOption(...fileOption)
    .option('--prune', 'also what would be removed')
    .option('--exit-code', 'end with 8 when something differs')
    .action(act<DiffFlags>(io, diffFiles));
  program
    .command('export')
    .description('write the environment into a folder, one file for each document, always the same way')
    .requiredOption('-o, --output <folder>', 'made when it is not there')
    .option('--schedules', 'schedules, too')
    .option('--check', 'write nothing, end with 8 when a file would be another one')
    .action(act<ExportFlags>(io, exportFiles));
  program
    .command('validate')
    .description('check files without a server: shape, meaning, references; every finding with its place')
    .requiredOption(...fileOption)
    .option('--partial', 'what they refer to may be elsewhere')
    .option('--server', 'also everything that a commit would check')
    .action(act<ValidateFlags>(io, validateFiles));
  program
    .command('source')
    .description('folders, repositories and addresses that the core follows')
    .command('status')
    .description('how the sources of the environment stand')
    .option('--exit-code', 'end with 8 when one is not synced')
    .action(act<{ exitCode?: boolean }>(io, sourceStatus));
}

interface DiffFlags {
  readonly file: string;
  readonly prune?: boolean;
  readonly exitCode?: boolean;
}

interface ApplyFlags extends ChangeFlags, DiffFlags {
  readonly dryRun?: boolean;
}

const idOf = ({ kind, key }: { readonly kind: string; readonly key: string }): string => `${kind}/${key}`;
const authoredOf = ({ kind, document }: StoredDocument): JsonObject =>
  authoredPart(kind, document as unknown as JsonObject);

interface Difference {
  readonly kind: string;
  readonly key: string;
  /** Absent: it is removed. */
  readonly wanted?: FileDocument;
  readonly stored?: StoredDocument;
}

/** What differs, by kind and key. */
async function differences(
  environment: EnvironmentClient,
  files: readonly FileDocument[],
  isPruned: boolean,
): Promise<readonly Difference[]> {
  const stored = await environment.list(undefined, { pageSize: 1_000 }).all();
  const present = new Map(stored.map((each) => [idOf(each), each]));
  const wanted = new Set(files.map(idOf));
  const changed = files.flatMap((each): readonly Difference[] => {
    const there = present.get(idOf(each));
    if (there === undefined) return [{ kind: each.kind, key: each.key, wanted: each }];
    const isSame = sameDocument(authoredOf(there), authoredPart(each.kind, each.document));
    return isSame ? [] : [{ kind: each.kind, key: each.key, wanted: each, stored: there }];
  });
  // Schedules are plans, not state: no file that leaves one out removes it.
  const gone = stored.filter(
    (each) => isFileDocument(each.kind, each.key) && each.kind !== 'schedule' && !wanted.has(idOf(each)),
  );
  return [
    ...changed,
    ...(isPruned ? gone.map((each) => ({ kind: each.kind, key: each.key, stored: each })) : []),
  ];
}

/** Each against the revision that it was compared with: nobody's change of a moment ago is lost. */
const changeOf = ({ wanted, stored }: Difference): DocumentChange =>
  wanted === undefined
    ? remove(stored!.kind, stored!.key, stored!.revision)
    : ({
        ...{ kind: wanted.kind, key: wanted.key, document: wanted.document },
        expectedRevision: stored?.revision ?? 0,
      } as unknown as DocumentChange);

async function applyFiles(session: Session, options: ApplyFlags): Promise<void> {
  const files = await readSourceDocuments(options.file, session.io);
  const environment = session.environment();
  const found = await differences(environment, files, options.prune ?? false);
  if (found.length === 0) return session.print({ unchanged: true }, () => ['nothing differs']);
  const dryRun = options.dryRun ?? false;
  const result = await environment
    .commit(found.map(changeOf), { ...changeOptionsOf(options), dryRun })
    .catch((error: unknown) => {
      throw placed(error, files);
    });
  session.print(result, () => commitLines(result, dryRun));
}

/** The server's findings, in the files. */
function placed(error: unknown, files: readonly FileDocument[]): unknown {
  if (!(error instanceof InvalidError)) return error;
  const problems = error.violations.map(
    ({ kind = '', key = '', path = '', rule, message, field }): FileProblem => {
      const file = files.find((each) => each.kind === kind && each.key === key);
      if (file !== undefined) return problemAt(file, path, rule, message);
      const what = kind === '' ? `${field}: ` : '';
      return { ...{ file: '', line: 0, column: 0, rule, message: `${what}${message}` }, kind, key, path };
    },
  );
  return problems.length === 0 ? error : refusal(problems, 'invalid');
}

const differenceLine = ({ kind, key, wanted, stored }: Difference): string => {
  const sign = stored === undefined ? '+' : wanted === undefined ? '-' : '~';
  const { line = 0 } = wanted?.place('') ?? {};
  return `${sign} ${kind} ${oneLine(key)}${wanted === undefined ? '' : ` (${wanted.file}:${line})`}`;
};

async function diffFiles(session: Session, { file, prune, exitCode }: DiffFlags): Promise<void> {
  const files = await readSourceDocuments(file, session.io);
  const found = await differences(session.environment(), files, prune ?? false);
  const value = found.map(({ kind, key, wanted, stored }) => ({
    ...{ kind, key, before: stored && authoredOf(stored) },
    ...{ after: wanted?.document, file: wanted?.file },
  }));
  session.print(value, () => (found.length === 0 ? ['nothing differs'] : found.map(differenceLine)));
  if (exitCode && found.length > 0) throw new CliError('something differs', 'different');
}

interface ExportFlags {
  readonly output: string;
  readonly schedules?: boolean;
  readonly check?: boolean;
}

/** Names that are files on every system, and no two of them the same where capitals do not count. */
const fileNameOf = (key: string): string =>
  key.replace(/[^a-z0-9_.-]|^\.|\.$/g, (letter) =>
    [...new TextEncoder().encode(letter)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );

async function exportFiles(session: Session, { output, schedules, check }: ExportFlags): Promise<void> {
  const stored = await session.environment().list(undefined, { pageSize: 1_000 }).all();
  const wanted = stored.filter(
    ({ kind, key }) => isFileDocument(kind, key) && (schedules || kind !== 'schedule'),
  ) as unknown as readonly NamedDocument[];
  const root = resolve(session.io.folder, output);
  const written: string[] = [];
  for (const each of wanted) {
    const path = `${pluralOf[each.kind]}/${fileNameOf(each.key)}.yaml`;
    const text = documentsText([each], (document) => ordered(document));
    const present = await readFile(join(root, path), 'utf8').catch(() => undefined);
    if (present === text) continue;
    written.push(path);
    if (!check) await replaceFile(join(root, path), text);
  }
  session.print({ documents: wanted.length, written }, () => [
    ...written.map((path) => `${check ? 'differs' : 'wrote'} ${path}`),
    `${wanted.length} documents, ${written.length} files ${check ? 'differ' : 'written'}`,
  ]);
  if (check && written.length > 0) throw new CliError('files differ', 'different');
}

async function replaceFile(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.tmp`, text);
    await rename(`${path}.tmp`, path);
  } catch (error) {
    throw new CliError(`${path} cannot be written: ${String(error)}`, 'failure');
  }
}

interface ValidateFlags {
  readonly file: string;
  readonly partial?: boolean;
  readonly server?: boolean;
}

async function validateFiles(session: Session, { file, partial, server }: ValidateFlags): Promise<void> {
  const files = await readSourceDocuments(file, session.io);
  const problems = checkDocuments(files, { isPartial: partial === true || server === true });
  if (problems.length > 0) throw refusal(problems, 'invalid');
  if (server) {
    const environment = session.environment();
    const found = await differences(environment, files, false);
    if (found.length > 0)
      await environment.commit(found.map(changeOf), { dryRun: true }).catch((error: unknown) => {
        throw placed(error, files);
      });
  }
  session.print({ valid: true, documents: files.length }, () => [`${files.length} documents are valid`]);
}

async function sourceStatus(session: Session, { exitCode }: { readonly exitCode?: boolean }): Promise<void> {
  const sources = await session.environment().sources();
  session.print(sources, () => [
    ...table(
      ['SOURCE', 'TYPE', 'STATE', 'SINCE', 'FILES', 'DOCUMENTS', 'REVISION', 'VERSION', 'EDITS'],
      sources.map((each) => [
        ...[each.name, each.type, each.state, each.stateSince, String(each.files), String(each.documents)],
        ...[String(each.revision), each.version.slice(0, 12), each.edits],
      ]),
    ),
    ...sources.flatMap(({ name, problems }) =>
      problems.map(({ file, line, column, kind, key, path, rule, message }) =>
        oneLine(
          `${name}: ${file === '' ? '' : `${file}:${line}:${column}: `}${kind === '' ? '' : `${kind} "${key}"${path ? ` ${path}` : ''}: `}${message} (${rule})`,
        ),
      ),
    ),
  ]);
  if (exitCode && sources.some(({ state }) => state !== 'synced'))
    throw new CliError('a source is not synced', 'different');
}
