// flagsctl flag: looking at flags and changing them.
import { editFlag, NotFoundError, type DocumentChange, type Flag } from '@org/flags-admin';
import type { Command } from 'commander';
import { CliError } from '../exit-codes.ts';
import { objectOf, readData } from '../input/read-data.ts';
import { pair, wholeNumber } from '../input/read-options.ts';
import type { Io } from '../io.ts';
import { commitLines, flagTable, historyTable, ordered, stateOf, yamlOf } from '../output/describe.ts';
import { act, type Session } from '../session.ts';
import {
  changeOptionsOf,
  commitOptionsOf,
  withChangeOptions,
  withCommitOptions,
  type ChangeFlags,
  type CommitFlags,
} from './change-options.ts';
import { contextOf, type ContextFlags } from './context-options.ts';
import { applyEdits, editNames, newFlag, withFlagEdits, type FlagEdits } from './flag-edits.ts';

export function addFlagCommands(program: Command, io: Io): void {
  const flag = program.command('flag').description('look at flags and change them');
  addReading(flag, io);
  addSet(flag, io);
  addSwitches(flag, io);
}

function addReading(flag: Command, io: Io): void {
  flag
    .command('list')
    .description('flags of the environment')
    .option('--contains <text>', 'only keys that contain this, in any case')
    .option('--tag <tag>', 'only flags with this tag')
    .option('--killed', 'only killed ones')
    .action(act<ListFlags>(io, listFlags));
  flag
    .command('get <key>')
    .description('one flag, as YAML that `flag set --file` takes')
    .action(
      act(io, async (session, _options, key = '') => {
        const stored = await session.environment().get('flag', key);
        session.print(stored, () => [
          `# ${key}, ${stateOf(stored.document)}, revision ${stored.revision} of ${stored.changedAt}`,
          ...yamlOf(ordered(stored.document)),
        ]);
      }),
    );
  flag
    .command('eval <key>')
    .description('what the server answers for a context')
    .option('-c, --context <json>', 'the context as JSON or YAML')
    .option('-f, --context-file <file>', 'the context in a file, - for stdin')
    .option('-t, --targeting-key <key>', 'whose evaluation it is')
    .option('-a, --attribute <name=value>', 'an attribute (repeatable)', pair)
    .action(act<ContextFlags>(io, evaluate));
  flag
    .command('history <key>')
    .description('revisions that changed the flag, newest first')
    .option('-n, --limit <count>', 'at most so many', wholeNumber, 20)
    .action(
      act<{ limit: number }>(io, async (session, { limit }, key = '') => {
        const options = { kind: 'flag', key, pageSize: Math.min(limit, 100) } as const;
        const revisions = await session.environment().history(options).all(limit);
        session.print(revisions, () => historyTable(revisions));
      }),
    );
}

interface ListFlags {
  readonly contains?: string;
  readonly tag?: string;
  readonly killed?: boolean;
}

async function listFlags(session: Session, { contains, tag, killed }: ListFlags): Promise<void> {
  const options = { pageSize: 1_000, ...(contains === undefined ? {} : { keyContains: contains }) };
  const all = await session.environment().list('flag', options).all();
  const flags = all.filter(
    ({ document }) => (!tag || document.tags?.includes(tag)) && (!killed || document.killed),
  );
  session.print(flags, () => flagTable(flags));
}

async function evaluate(session: Session, options: ContextFlags, key = ''): Promise<void> {
  const result = await session.environment().evaluate(key, await contextOf(options, session.io));
  if (result.errorCode === 'FLAG_NOT_FOUND') throw new CliError(`there is no flag "${key}"`, 'notFound');
  session.print(result, () => [
    result.value === undefined ? "(the caller's default)" : JSON.stringify(result.value),
    `  variant ${result.variant || '-'}  reason ${result.reason}  rule ${result.rule || '-'}  revision ${result.revision}`,
    ...(result.errorCode ? [`  ${result.errorCode} ${result.errorMessage}`] : []),
  ]);
}

interface SetFlags extends CommitFlags, FlagEdits {
  readonly file?: string;
  readonly create?: boolean;
}

function addSet(flag: Command, io: Io): void {
  const set = flag
    .command('set <key>')
    .description('make a flag or change it: a whole document, or parts by options')
    .option('-f, --file <file>', 'the whole document as YAML or JSON, - for stdin')
    .option('--create', 'refuse when it exists');
  withCommitOptions(withFlagEdits(set)).action(act<SetFlags>(io, setFlag));
}

async function setFlag(session: Session, options: SetFlags, key = ''): Promise<void> {
  const environment = session.environment();
  const commitOptions = commitOptionsOf(options);
  const edits = editNames.filter((name) => options[name] !== undefined);
  if ((options.file === undefined) === (edits.length === 0))
    throw new CliError('give either --file or options that say what to change (flagsctl flag set --help)');
  const expectedRevision = options.create ? 0 : options.expect;
  if (options.file !== undefined) {
    const document = objectOf(await readData(options.file, session.io), options.file) as unknown as Flag;
    const draft: DocumentChange = { kind: 'flag', key, document, expectedRevision };
    const result = await (options.create
      ? environment.create(draft, commitOptions)
      : environment.commit(draft, commitOptions));
    return session.print(result, () => commitLines(result, options.dryRun));
  }
  const stored = options.create ? undefined : await environment.find('flag', key);
  const document = stored ? applyEdits(stored.document, options) : newFlag(options);
  const against = expectedRevision ?? stored?.revision ?? 0;
  const result = await (against === 0
    ? environment.create({ kind: 'flag', key, document }, commitOptions)
    : environment.commit({ kind: 'flag', key, document, expectedRevision: against }, commitOptions));
  session.print(result, () => commitLines(result, options.dryRun));
}

function addSwitches(flag: Command, io: Io): void {
  const toggle = flag
    .command('toggle <key>')
    .description('switch a flag on or off (its `enabled`)')
    .option('--on', 'on, whatever it is')
    .option('--off', 'off, whatever it is');
  withCommitOptions(toggle).action(act<CommitFlags & { on?: boolean; off?: boolean }>(io, toggleFlag));
  for (const [name, does] of [
    ['kill', 'off for everybody, at once, whatever else is going on'],
    ['revive', 'end a kill'],
  ] as const) {
    withChangeOptions(flag.command(`${name} <key>`).description(does)).action(
      act<ChangeFlags>(io, async (session, options, key = '') => {
        const result = await session.environment()[name](key, changeOptionsOf(options));
        session.print(result, () => commitLines(result));
      }),
    );
  }
  withCommitOptions(flag.command('delete <key>').description('remove a flag')).action(
    act<CommitFlags>(io, async (session, options, key = '') => {
      const change = { kind: 'flag', key, remove: true, expectedRevision: options.expect } as const;
      const result = await session.environment().commit(change, commitOptionsOf(options));
      session.print(result, () => commitLines(result, options.dryRun));
    }),
  );
}

async function toggleFlag(
  session: Session,
  options: CommitFlags & { readonly on?: boolean; readonly off?: boolean },
  key = '',
): Promise<void> {
  if (options.on && options.off) throw new CliError('--on and --off exclude each other');
  const environment = session.environment();
  const stored = await environment.find('flag', key);
  if (stored === undefined) throw notFound(key);
  const enabled = options.on ?? (options.off ? false : !stored.document.enabled);
  const draft = editFlag(stored).enabled(enabled);
  const expected = options.expect === undefined ? draft : draft.expect(options.expect);
  const result = await environment.commit(expected, commitOptionsOf(options));
  session.print(result, () => [
    `${key} is ${enabled ? 'on' : 'off'}`,
    ...commitLines(result, options.dryRun),
  ]);
}

const notFound = (key: string): NotFoundError =>
  new NotFoundError(`there is no flag "${key}"`, { reason: 'NOT_FOUND', status: 404 });
