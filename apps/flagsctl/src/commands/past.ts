// flagsctl env at, note, notes, export-history and promote: what was, what people say about it, and the way to another environment.
import type { StoredDocument } from '@org/flags-admin';
import type { Command } from 'commander';
import { authored, definitionOf, isDefinable } from '../definition.ts';
import { CliError } from '../exit-codes.ts';
import { collect, wholeNumber } from '../input/read-options.ts';
import type { Io } from '../io.ts';
import { yamlOf } from '../output/describe.ts';
import { table } from '../output/printable.ts';
import { act, type Session } from '../session.ts';
import { withCommitOptions, type CommitFlags } from './change-options.ts';
import { commitDifferences } from './env.ts';

export function addPastCommands(env: Command, io: Io): void {
  env
    .command('at <revision>')
    .description('all documents as they were at a revision, as one YAML file (or JSON, with --json)')
    .action(act(io, showPast));
  env
    .command('note <revision> <text>')
    .description('leave a note on a revision; nobody can change it')
    .action(
      act(io, async (session, _options, revision = '', text = '') => {
        const note = await session.environment().annotate(wholeNumber(revision), text);
        session.print(note, () => [`noted on revision ${note.revision}`]);
      }),
    );
  env
    .command('notes [revision]')
    .description('notes on one revision or on all, newest first')
    .option('-n, --limit <count>', 'at most so many', wholeNumber, 50)
    .action(act<{ limit: number }>(io, listNotes));
  env
    .command('export-history')
    .description('every revision with what it changed, one JSON object a line, oldest first')
    .action(act(io, exportHistory));
  withCommitOptions(
    env
      .command('promote <project/environment>')
      .description('commit what another environment holds to this one, all or what is named')
      .option('--only <kind/key>', 'only this document (repeatable)', collect)
      .option('--prune', 'remove documents that the other one does not have'),
  ).action(act<PromoteFlags>(io, promote));
}

async function showPast(session: Session, _options: object, revision = ''): Promise<void> {
  const past = await session.environment().stateAt(wholeNumber(revision), { pageSize: 1_000 }).all();
  const definition = definitionOf(past as unknown as readonly StoredDocument[]);
  session.print(definition, () => yamlOf(definition));
}

async function listNotes(session: Session, { limit }: { limit: number }, revision?: string): Promise<void> {
  const of = revision === undefined ? {} : { revision: wholeNumber(revision) };
  const notes = await session.environment().annotations(of).all(limit);
  session.print(notes, () =>
    table(
      ['REVISION', 'TIME', 'BY', 'NOTE'],
      notes.map(({ revision: on, at, author, principalName, text }) => [
        String(on),
        at,
        author === '' ? principalName : `${author} (${principalName})`,
        text,
      ]),
    ),
  );
}

async function exportHistory(session: Session): Promise<void> {
  const environment = session.environment();
  const [head] = await environment.history({ pageSize: 1 }).all(1);
  for (let revision = 1; revision <= (head?.revision ?? 0); revision += 1) {
    const found = await environment.revision(revision);
    const { revision: about, diffs } = found;
    if (diffs.some(({ truncated }) => truncated))
      throw new CliError(`revision ${revision} is too large for one answer; use a backup`, 'failure');
    const changes = diffs.map(({ kind, key, before, after }) => ({ kind, key, before, after }));
    session.io.stdout(`${JSON.stringify({ ...about, changes })}\n`);
  }
}

interface PromoteFlags extends CommitFlags {
  readonly only?: readonly string[];
  readonly prune?: boolean;
}

async function promote(session: Session, options: PromoteFlags, from = ''): Promise<void> {
  const { only, prune } = options;
  if (only !== undefined && prune === true) throw new CliError('either --only or --prune');
  const found = await session.environment(from).list(undefined, { pageSize: 1_000 }).all();
  const wanted = found.filter(
    (stored) =>
      stored.kind !== 'schedule' &&
      isDefinable(stored) &&
      (only?.includes(`${stored.kind}/${stored.key}`) ?? true),
  );
  const missing = only?.find((name) => !wanted.some(({ kind, key }) => name === `${kind}/${key}`));
  if (missing !== undefined) throw new CliError(`${from} has no ${missing}`, 'notFound');
  // Whether a flag is killed is each environment's own affair.
  const documents = wanted.map(({ kind, key, document }) => {
    const { killed: _killed, ...rest } = authored({ kind, document }) as { readonly killed?: boolean };
    return { kind, key, document: rest };
  });
  await commitDifferences(session, documents, options);
}
