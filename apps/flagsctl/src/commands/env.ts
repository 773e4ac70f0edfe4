// flagsctl env: environments, what differs between two states of one or between two, and the way back.
import type { DocumentChange, DocumentKind, Revision, StoredDocument } from '@org/flags-admin';
import { remove } from '@org/flags-admin';
import type { Command } from 'commander';
import {
  authored,
  definitionOf,
  isDefinable,
  readDefinition,
  sameDocument,
  type DefinedDocument,
} from '../definition.ts';
import { CliError } from '../exit-codes.ts';
import { collect, wholeNumber } from '../input/read-options.ts';
import type { Io } from '../io.ts';
import { commitLines, diffLines, historyTable, yamlOf } from '../output/describe.ts';
import { table } from '../output/printable.ts';
import { act, type Session } from '../session.ts';
import { addPastCommands } from './past.ts';
import {
  changeOptionsOf,
  commitOptionsOf,
  withChangeOptions,
  withCommitOptions,
  type ChangeFlags,
  type CommitFlags,
} from './change-options.ts';

export function addEnvironmentCommands(program: Command, io: Io): void {
  const env = program.command('env').description('environments, their history and the way back');
  addEnvironments(env, io);
  addHistory(env, io);
  addFiles(env, io);
  addPastCommands(env, io);
}

function addEnvironments(env: Command, io: Io): void {
  env
    .command('list')
    .description('environments that you may see')
    .option('--project <key>', 'of one project')
    .action(
      act<{ project?: string }>(io, async (session, { project }) => {
        const environments = await session
          .admin()
          .environments(project ? { project } : {})
          .all();
        session.print(environments, () =>
          table(
            ['ENVIRONMENT', 'NAME', 'REVISION', 'ID', 'ORIGINS'],
            environments.map((each) => [
              `${each.project}/${each.key}`,
              each.name,
              String(each.revision),
              each.id,
              each.allowedOrigins.join(' '),
            ]),
          ),
        );
      }),
    );
  env
    .command('create <project/environment>')
    .description('make an environment')
    .option('--name <text>', 'a name for people')
    .option('--origin <origin>', 'pages of it may use client keys (repeatable)', collect)
    .action(
      act<{ name?: string; origin?: readonly string[] }>(io, async (session, options, path = '') => {
        const [project = '', key = '', more] = path.split('/');
        if (!project || !key || more !== undefined)
          throw new CliError(`"${path}": project/environment is expected`);
        const { name = '', origin = [] } = options;
        const made = await session.admin().createEnvironment({ project, key, name, allowedOrigins: origin });
        session.print(made, () => [`made ${project}/${key} (${made.id})`]);
      }),
    );
  env
    .command('update')
    .description('change name or origins of the environment')
    .option('--name <text>', 'a name for people')
    .option('--origin <origin>', 'all origins that may use client keys (repeatable)', collect)
    .option('--no-origins', 'no page may call')
    .action(
      act<{ name?: string; origin?: readonly string[]; origins: boolean }>(io, async (session, options) => {
        const { environment } = session.environment();
        const allowedOrigins = options.origins ? options.origin : [];
        const change = {
          ...(options.name === undefined ? {} : { name: options.name }),
          ...(allowedOrigins === undefined ? {} : { allowedOrigins }),
        };
        const updated = await session.admin().updateEnvironment(environment, change);
        session.print(updated, () => [
          `${updated.project}/${updated.key}: ${updated.allowedOrigins.join(' ')}`,
        ]);
      }),
    );
}

function addHistory(env: Command, io: Io): void {
  env
    .command('history')
    .description('revisions, newest first')
    .option('-n, --limit <count>', 'at most so many', wholeNumber, 20)
    .action(
      act<{ limit: number }>(io, async (session, { limit }) => {
        const revisions: readonly Revision[] = await session
          .environment()
          .history({ pageSize: Math.min(limit, 100) })
          .all(limit);
        session.print(revisions, () => historyTable(revisions));
      }),
    );
  env
    .command('show <revision>')
    .description('what one revision changed')
    .action(
      act(io, async (session, _options, revision = '') => {
        const found = await session.environment().revision(wholeNumber(revision));
        session.print(found, () => [...historyTable([found.revision]), ...diffLines(found.diffs)]);
      }),
    );
  env
    .command('diff [from] [to]')
    .description('what differs between two revisions (default: the last one), or between two environments')
    .option('--against <project/environment>', 'compare with another environment instead')
    .option('--exit-code', 'end with 8 when something differs')
    .action(act<DiffFlags>(io, diff));
  const revert = env
    .command('revert <revision>')
    .description('commit the state of an earlier revision')
    .option('--kind <kind>', 'of one document: its kind')
    .option('--key <key>', 'of one document: its key')
    .option('--kills', 'also take back what was killed or revived since')
    .option('--expect <revision>', 'refuse when the environment is at another revision', wholeNumber);
  withChangeOptions(revert).action(act<RevertFlags>(io, revertTo));
}

interface DiffFlags {
  readonly against?: string;
  readonly exitCode?: boolean;
}

async function diff(session: Session, options: DiffFlags, from?: string, to?: string): Promise<void> {
  if (options.against !== undefined && from !== undefined)
    throw new CliError('either revisions or --against');
  const differ = options.against === undefined ? diffRevisions : diffEnvironments;
  const { value, lines } = await differ(session, options.against ?? '', from, to);
  session.print(value, () => (lines.length > 0 ? lines : ['nothing differs']));
  if (options.exitCode && lines.length > 0) throw new CliError('something differs', 'different');
}

interface Difference {
  readonly value: unknown;
  readonly lines: readonly string[];
}

async function diffRevisions(session: Session, _: string, from?: string, to?: string): Promise<Difference> {
  const environment = session.environment();
  const until = to === undefined ? 0 : wholeNumber(to);
  let since = from === undefined ? undefined : wholeNumber(from);
  if (since === undefined) {
    const [head] = await environment.history({ pageSize: 1 }).all(1);
    since = Math.max(0, (head?.revision ?? 0) - 1);
  }
  const value = await environment.diff(since, until);
  return { value, lines: [...diffLines(value.diffs), ...(value.more ? ['... and more'] : [])] };
}

/** Documents of the environment (before) and of the other one (after). */
async function diffEnvironments(session: Session, against: string): Promise<Difference> {
  const read = async (environment?: string): Promise<ReadonlyMap<string, StoredDocument>> => {
    const found = await session.environment(environment).list(undefined, { pageSize: 1_000 }).all();
    const state = found.filter(({ kind }) => kind !== 'schedule');
    return new Map(state.map((stored) => [`${stored.kind} ${stored.key}`, stored]));
  };
  const [before, after] = [await read(), await read(against)];
  const ids = [...new Set([...before.keys(), ...after.keys()])].sort();
  const value = ids.flatMap((id) => {
    const [left, right] = [before.get(id), after.get(id)];
    if (left && right && sameDocument(left.document, right.document)) return [];
    const { kind, key } = (left ?? right)!;
    return [{ kind, key, before: left?.document, after: right?.document }];
  });
  const lines = value.map(
    ({ kind, key, before: left, after: right }) =>
      `${left === undefined ? '+' : right === undefined ? '-' : '~'} ${kind} ${key}`,
  );
  return { value, lines };
}

interface RevertFlags extends ChangeFlags {
  readonly kind?: string;
  readonly key?: string;
  readonly kills?: boolean;
  readonly expect?: number;
}

async function revertTo(session: Session, options: RevertFlags, revision = ''): Promise<void> {
  const { kind, key, kills, expect } = options;
  if ((kind === undefined) !== (key === undefined)) throw new CliError('--kind and --key belong together');
  const result = await session.environment().revert(wholeNumber(revision), {
    ...changeOptionsOf(options),
    ...(kind !== undefined && key !== undefined ? { kind: kind as DocumentKind, key } : {}),
    ...(kills === undefined ? {} : { kills }),
    ...(expect === undefined ? {} : { expectedRevision: expect }),
  });
  session.print(result, () => commitLines(result));
}

function addFiles(env: Command, io: Io): void {
  env
    .command('export')
    .description('all documents as one YAML file (or JSON, with --json)')
    .option('--schedules', 'schedules, too')
    .action(
      act<{ schedules?: boolean }>(io, async (session, { schedules }) => {
        const all = await session.environment().list(undefined, { pageSize: 1_000 }).all();
        const definition = definitionOf(all.filter(({ kind }) => schedules || kind !== 'schedule'));
        session.print(definition, () => yamlOf(definition));
      }),
    );
  const load = env
    .command('import')
    .description('commit the documents of such a file, all or none')
    .requiredOption('-f, --file <file>', 'YAML or JSON, - for stdin')
    .option('--prune', 'remove documents that are not in the file');
  withCommitOptions(load).action(act<ImportFlags>(io, importFile));
}

/** Plans, members that lie elsewhere, what the server writes: what no file holds, no file removes. */
const isPruned = (stored: StoredDocument): boolean => stored.kind !== 'schedule' && isDefinable(stored);

interface ImportFlags extends CommitFlags {
  readonly file: string;
  readonly prune?: boolean;
}

async function importFile(session: Session, options: ImportFlags): Promise<void> {
  const defined = await readDefinition(options.file, session.io);
  await commitDifferences(session, defined, options);
}

/** Commits what of the definition differs from what is there; with `prune` also removes what is not in it. */
export async function commitDifferences(
  session: Session,
  defined: readonly DefinedDocument[],
  options: CommitFlags & { readonly prune?: boolean },
): Promise<void> {
  const changes = await differences(session, defined, options.prune);
  if (changes.length === 0) return session.print({ unchanged: true }, () => ['nothing differs']);
  const result = await session.environment().commit(changes, {
    ...commitOptionsOf(options),
    ...(options.expect === undefined ? {} : { expectedRevision: options.expect }),
  });
  session.print(result, () => commitLines(result, options.dryRun));
}

/** The changes that make the environment what the definition says. */
export async function differences(
  session: Session,
  defined: readonly DefinedDocument[],
  prune = false,
): Promise<readonly DocumentChange[]> {
  const ids = new Set(defined.map(({ kind, key }) => `${kind} ${key}`));
  const present = await session.environment().list(undefined, { pageSize: 1_000 }).all();
  const known = new Map(present.map((stored) => [`${stored.kind} ${stored.key}`, authored(stored)]));
  // What is there already is not sent: a commit has a limit that whole environments may exceed.
  const different = defined.filter(({ kind, key, document }) => {
    const there = known.get(`${kind} ${key}`);
    return there === undefined || !sameDocument(there, authored({ kind, document }));
  });
  const gone = prune
    ? present.filter((stored) => isPruned(stored) && !ids.has(`${stored.kind} ${stored.key}`))
    : [];
  return [
    ...(different as unknown as readonly DocumentChange[]),
    ...gone.map(({ kind, key, revision }) => remove(kind, key, revision)),
  ];
}
