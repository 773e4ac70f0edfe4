// flagsctl list: targeting keys by the hundred thousand, which segments include or exclude.
import type { ListEdit } from '@org/flags-admin';
import type { Command } from 'commander';
import { CliError } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { commitLines } from '../output/describe.ts';
import { oneLine, table } from '../output/printable.ts';
import { wholeNumber } from '../input/read-options.ts';
import { act, type Session } from '../session.ts';
import {
  changeOptionsOf,
  commitOptionsOf,
  withChangeOptions,
  withCommitOptions,
  type ChangeFlags,
  type CommitFlags,
} from './change-options.ts';
import { readKeys } from './read-keys.ts';

const edits: readonly (readonly [name: ListEdit, does: string])[] = [
  ['add', 'add keys; makes the list when there is none'],
  ['remove', 'remove keys'],
  ['replace', 'these keys and no others'],
];

export function addListCommands(program: Command, io: Io): void {
  const command = program.command('list').description('keys by the hundred thousand, for segments');
  command.command('list').description('lists of the environment').action(act(io, showLists));
  for (const [name, does] of edits) {
    const change = command
      .command(`${name} <key> [members...]`)
      .description(does)
      .option('-f, --file <file>', 'more keys, one a line, - for stdin')
      .option(
        '--expect <revision>',
        'refuse when the list is at another revision; 0: when it exists',
        wholeNumber,
      );
    withChangeOptions(change).action(
      act<ChangeFlags & { file?: string; expect?: number }>(
        io,
        async (session, options, key = '', listed) => {
          const members = await readKeys(listed, options.file, session.io);
          const result = await session.environment().changeList(key, name, members, {
            ...changeOptionsOf(options),
            ...(options.expect === undefined ? {} : { expectedRevision: options.expect }),
          });
          session.print(result, () => commitLines(result));
        },
      ),
    );
  }
  command
    .command('check <key> [members...]')
    .description('which of these keys belong; ends with 8 when not all of them do')
    .option('-f, --file <file>', 'more keys, one a line, - for stdin')
    .action(
      act<{ file?: string }>(io, async (session, { file }, key = '', listed) => {
        const members = await readKeys(listed, file, session.io);
        const found = await session.environment().checkMembers(key, members);
        session.print(found, () => found);
        if (found.length < members.length) throw new CliError('not all of them belong', 'different');
      }),
    );
  withCommitOptions(command.command('delete <key>').description('remove a list')).action(
    act<CommitFlags>(io, async (session, options, key = '') => {
      const change = { kind: 'list', key, remove: true, expectedRevision: options.expect } as const;
      const result = await session.environment().commit(change, commitOptionsOf(options));
      session.print(result, () => commitLines(result, options.dryRun));
    }),
  );
}

async function showLists(session: Session): Promise<void> {
  const lists = await session.environment().list('list', { pageSize: 1_000 }).all();
  session.print(lists, () =>
    table(
      ['KEY', 'MEMBERS', 'REVISION', 'DESCRIPTION'],
      lists.map(({ key, document, revision }) => [
        key,
        String(document.count),
        String(revision),
        oneLine(document.description ?? '').slice(0, 60),
      ]),
    ),
  );
}
