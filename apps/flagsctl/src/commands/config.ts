// flagsctl config: looking at configurations, changing their values, checking documents before they are committed.
import {
  editConfig,
  type Config,
  type ConfigBuilder,
  type DocumentDraft,
  type JsonValue,
} from '@org/flags-admin';
import type { Command } from 'commander';
import { CliError } from '../exit-codes.ts';
import { objectOf, readData } from '../input/read-data.ts';
import { pair, valueOf } from '../input/read-options.ts';
import type { Io } from '../io.ts';
import { commitLines, ordered, yamlOf } from '../output/describe.ts';
import { oneLine, table } from '../output/printable.ts';
import { act, type Session } from '../session.ts';
import { commitOptionsOf, withCommitOptions, type CommitFlags } from './change-options.ts';
import { contextOf, type ContextFlags } from './context-options.ts';

export function addConfigCommands(program: Command, io: Io): void {
  const command = program.command('config').description('look at configurations and change them');
  command
    .command('list')
    .description('configurations of the environment')
    .option('--contains <text>', 'only keys that contain this, in any case')
    .action(act<{ contains?: string }>(io, listConfigs));
  command
    .command('get <key> [path]')
    .description('one configuration, as YAML that `config set --file` takes; or what is set at a path')
    .action(act(io, (session, _options, key, path) => getConfig(session, key, path)));
  command
    .command('eval <key> [path]')
    .description('what the server answers for a context: all values, or the one at a path')
    .option('-c, --context <json>', 'the context as JSON or YAML')
    .option('-f, --context-file <file>', 'the context in a file, - for stdin')
    .option('-t, --targeting-key <key>', 'whose evaluation it is')
    .option('-a, --attribute <name=value>', 'an attribute (repeatable)', pair)
    .action(act<ContextFlags>(io, evalConfig));
  const set = command
    .command('set <key> [values...]')
    .description(
      'change values, as discount.max=20 (nothing after = takes one away); or make or replace all of it',
    )
    .option('-f, --file <file>', 'the whole document as YAML or JSON, - for stdin')
    .option('--create', 'refuse when it exists');
  withCommitOptions(set).action(
    act<SetFlags>(io, (session, options, key, values) => setConfig(session, options, key, values)),
  );
  command
    .command('validate <key>')
    .description('check a document against everything a commit would check; nothing is committed')
    .requiredOption('-f, --file <file>', 'the whole document as YAML or JSON, - for stdin')
    .action(
      act<{ file: string }>(io, async (session, { file }, key = '') => {
        const document = await documentOf(file, session.io);
        const result = await session
          .environment()
          .commit(changeOf(key, document, undefined), { dryRun: true });
        session.print(result, () =>
          result.unchanged ? ['valid; nothing would change'] : ['valid', ...commitLines(result, true)],
        );
      }),
    );
  withCommitOptions(command.command('delete <key>').description('remove a configuration')).action(
    act<CommitFlags>(io, async (session, options, key = '') => {
      const change = { kind: 'config', key, remove: true, expectedRevision: options.expect } as const;
      const result = await session.environment().commit(change, commitOptionsOf(options));
      session.print(result, () => commitLines(result, options.dryRun));
    }),
  );
}

async function listConfigs(session: Session, { contains }: { readonly contains?: string }): Promise<void> {
  const options = { pageSize: 1_000, ...(contains === undefined ? {} : { keyContains: contains }) };
  const configs = await session.environment().list('config', options).all();
  session.print(configs, () =>
    table(
      ['KEY', 'EXTENDS', 'PARAMETERS', 'RULES', 'REVISION', 'DESCRIPTION'],
      configs.map(({ key, document, revision }) => [
        key,
        document.extends ?? '-',
        String(Object.keys(document.schema).length),
        String(document.rules?.length ?? 0),
        String(revision),
        oneLine(document.description ?? '').slice(0, 60),
      ]),
    ),
  );
}

async function getConfig(session: Session, key = '', path?: string): Promise<void> {
  const stored = await session.environment().get('config', key);
  if (path === undefined) {
    return session.print(stored, () => [
      `# ${key}, revision ${stored.revision} of ${stored.changedAt}`,
      ...yamlOf(ordered(stored.document)),
    ]);
  }
  const value = valueAt(stored.document.values, path);
  if (value === undefined) throw new CliError(`the config "${key}" sets nothing at "${path}"`, 'notFound');
  session.print(value, () => [JSON.stringify(value)]);
}

async function evalConfig(session: Session, options: ContextFlags, key = '', path?: string): Promise<void> {
  const result = await session.environment().evaluate(`config:${key}`, await contextOf(options, session.io));
  if (result.errorCode === 'FLAG_NOT_FOUND') throw new CliError(`there is no config "${key}"`, 'notFound');
  const value = path === undefined ? result.value : valueAt(result.value, path);
  if (value === undefined) throw new CliError(`the config "${key}" has no parameter "${path}"`, 'notFound');
  session.print({ ...result, value }, () => [
    JSON.stringify(value, null, path === undefined ? 2 : undefined),
    `  reason ${result.reason}  rule ${result.rule || '-'}  revision ${result.revision}`,
  ]);
}

interface SetFlags extends CommitFlags {
  readonly file?: string;
  readonly create?: boolean;
}

async function setConfig(
  session: Session,
  options: SetFlags,
  key = '',
  values: readonly string[] | string = [],
): Promise<void> {
  const environment = session.environment();
  const assignments = Array.isArray(values) ? (values as readonly string[]) : [];
  if ((options.file === undefined) === (assignments.length === 0))
    throw new CliError('give either values, such as discount.max=20, or --file');
  const draft =
    options.file === undefined
      ? edited(editConfig(await environment.get('config', key)), assignments)
      : changeOf(key, await documentOf(options.file, session.io), options.expect);
  const change = options.expect === undefined ? draft : changeOf(key, draft.document, options.expect);
  const result = await (options.create
    ? environment.create(change, commitOptionsOf(options))
    : environment.commit(change, commitOptionsOf(options)));
  session.print(result, () => commitLines(result, options.dryRun));
}

const edited = (builder: ConfigBuilder, assignments: readonly string[]): ConfigBuilder =>
  assignments.reduce((edit, assignment) => {
    const at = assignment.indexOf('=');
    if (at < 1) throw new CliError(`"${assignment}" is no path=value`);
    const text = assignment.slice(at + 1);
    return edit.set(assignment.slice(0, at), text === '' ? undefined : (valueOf(text) as JsonValue));
  }, builder);

const changeOf = (
  key: string,
  document: Config,
  expectedRevision: number | undefined,
): DocumentDraft<'config'> => ({
  kind: 'config',
  key,
  document,
  expectedRevision,
});

const documentOf = async (file: string, io: Io): Promise<Config> =>
  objectOf(await readData(file, io), file) as unknown as Config;

function valueAt(values: JsonValue | undefined, path: string): JsonValue | undefined {
  let value = values;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined;
    value = (value as { readonly [name: string]: JsonValue })[name];
  }
  return value;
}
