// list, get, set and delete for kinds of documents that need no more: what their commands share.
import type { DocumentChange, StoredDocument } from '@org/flags-admin';
import type { Command } from 'commander';
import { objectOf, readData } from '../input/read-data.ts';
import type { Io } from '../io.ts';
import { commitLines, ordered, yamlOf } from '../output/describe.ts';
import { oneLine, table } from '../output/printable.ts';
import { act } from '../session.ts';
import { commitOptionsOf, withCommitOptions, type CommitFlags } from './change-options.ts';

export type PlainKind = 'metric' | 'experiment' | 'holdout' | 'rollout' | 'alert';

/** How a list shows documents, beside key, revision and description. */
export interface Columns<K extends PlainKind> {
  readonly header: readonly string[];
  readonly cells: (document: StoredDocument<K>['document']) => readonly string[];
}

/** Adds `list`, `get`, `set` and `delete`. */
export function addDocumentCommands<K extends PlainKind>(
  command: Command,
  io: Io,
  kind: K,
  { header, cells }: Columns<K>,
): void {
  command
    .command('list')
    .description(`${kind}s of the environment`)
    .option('--contains <text>', 'only keys that contain this, in any case')
    .action(
      act<{ contains?: string }>(io, async (session, { contains }) => {
        const options = { pageSize: 1_000, ...(contains === undefined ? {} : { keyContains: contains }) };
        const found = await session.environment().list(kind, options).all();
        session.print(found, () =>
          table(
            ['KEY', ...header, 'REVISION', 'DESCRIPTION'],
            found.map(({ key, document, revision }) => [
              key,
              ...cells(document),
              String(revision),
              oneLine(document.description ?? '').slice(0, 60),
            ]),
          ),
        );
      }),
    );
  command
    .command('get <key>')
    .description(`one ${kind}, as YAML that \`${kind} set --file\` takes`)
    .action(
      act(io, async (session, _options, key = '') => {
        const stored = await session.environment().get(kind, key);
        session.print(stored, () => [
          `# ${key}, revision ${stored.revision} of ${stored.changedAt}`,
          ...yamlOf(ordered(stored.document)),
        ]);
      }),
    );
  addChanges(command, io, kind);
}

function addChanges(command: Command, io: Io, kind: PlainKind): void {
  const set = command
    .command('set <key>')
    .description('make one or replace it')
    .requiredOption('-f, --file <file>', 'the whole document as YAML or JSON, - for stdin')
    .option('--create', 'refuse when it exists');
  withCommitOptions(set).action(
    act<CommitFlags & { file: string; create?: boolean }>(io, async (session, options, key = '') => {
      const document = objectOf(await readData(options.file, session.io), options.file);
      const draft = { kind, key, document, expectedRevision: options.expect } as unknown as DocumentChange;
      const environment = session.environment();
      const result = await (options.create
        ? environment.create(draft as Parameters<typeof environment.create>[0], commitOptionsOf(options))
        : environment.commit(draft, commitOptionsOf(options)));
      session.print(result, () => commitLines(result, options.dryRun));
    }),
  );
  withCommitOptions(command.command('delete <key>').description(`remove it`)).action(
    act<CommitFlags>(io, async (session, options, key = '') => {
      const change = { kind, key, remove: true, expectedRevision: options.expect } as const;
      const result = await session.environment().commit(change, commitOptionsOf(options));
      session.print(result, () => commitLines(result, options.dryRun));
    }),
  );
}
