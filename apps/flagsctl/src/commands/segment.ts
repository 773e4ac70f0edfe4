// flagsctl segment: looking at segments, changing them, and the keys they list.
import {
  editSegment,
  segment,
  type DocumentChange,
  type Segment,
  type SegmentBuilder,
} from '@org/flags-admin';
import type { Command } from 'commander';
import { objectOf, readData } from '../input/read-data.ts';
import type { Io } from '../io.ts';
import { commitLines, ordered, yamlOf } from '../output/describe.ts';
import { oneLine, table } from '../output/printable.ts';
import { act, type Session } from '../session.ts';
import { commitOptionsOf, withCommitOptions, type CommitFlags } from './change-options.ts';
import { readKeys } from './read-keys.ts';

export function addSegmentCommands(program: Command, io: Io): void {
  const command = program.command('segment').description('look at segments and change them');
  command
    .command('list')
    .description('segments of the environment')
    .option('--contains <text>', 'only keys that contain this, in any case')
    .action(act<{ contains?: string }>(io, listSegments));
  command
    .command('get <key>')
    .description('one segment, as YAML that `segment set --file` takes')
    .action(
      act(io, async (session, _options, key = '') => {
        const stored = await session.environment().get('segment', key);
        session.print(stored, () => [
          `# ${key}, revision ${stored.revision} of ${stored.changedAt}`,
          ...yamlOf(ordered(stored.document)),
        ]);
      }),
    );
  const set = command
    .command('set <key>')
    .description('make a segment or replace it')
    .requiredOption('-f, --file <file>', 'the whole document as YAML or JSON, - for stdin')
    .option('--create', 'refuse when it exists');
  withCommitOptions(set).action(act<CommitFlags & { file: string; create?: boolean }>(io, setSegment));
  withCommitOptions(command.command('delete <key>').description('remove a segment')).action(
    act<CommitFlags>(io, async (session, options, key = '') => {
      const change = { kind: 'segment', key, remove: true, expectedRevision: options.expect } as const;
      const result = await session.environment().commit(change, commitOptionsOf(options));
      session.print(result, () => commitLines(result, options.dryRun));
    }),
  );
  addMembers(command, io);
}

async function listSegments(session: Session, { contains }: { readonly contains?: string }): Promise<void> {
  const options = { pageSize: 1_000, ...(contains === undefined ? {} : { keyContains: contains }) };
  const segments = await session.environment().list('segment', options).all();
  session.print(segments, () =>
    table(
      ['KEY', 'INCLUDED', 'EXCLUDED', 'REVISION', 'DESCRIPTION'],
      segments.map(({ key, document, revision }) => [
        key,
        String(document.included?.length ?? 0),
        String(document.excluded?.length ?? 0),
        String(revision),
        oneLine(document.description ?? '').slice(0, 60),
      ]),
    ),
  );
}

async function setSegment(
  session: Session,
  options: CommitFlags & { readonly file: string; readonly create?: boolean },
  key = '',
): Promise<void> {
  const document = objectOf(await readData(options.file, session.io), options.file) as unknown as Segment;
  const draft: DocumentChange = { kind: 'segment', key, document, expectedRevision: options.expect };
  const environment = session.environment();
  const result = await (options.create
    ? environment.create(draft, commitOptionsOf(options))
    : environment.commit(draft, commitOptionsOf(options)));
  session.print(result, () => commitLines(result, options.dryRun));
}

type MemberFlags = CommitFlags & { readonly file?: string; readonly create?: boolean };
type Edit = (builder: SegmentBuilder, keys: readonly string[]) => SegmentBuilder;

const edits: readonly (readonly [name: string, does: string, edit: Edit])[] = [
  ['add', 'these keys always belong', (builder, keys) => builder.include(...keys)],
  ['exclude', 'these keys never belong', (builder, keys) => builder.exclude(...keys)],
  ['remove', 'the condition decides about these keys again', (builder, keys) => builder.unlist(...keys)],
];

function addMembers(command: Command, io: Io): void {
  const members = command.command('members').description('the keys that a segment lists');
  members
    .command('list <key>')
    .description('included and excluded keys')
    .action(
      act(io, async (session, _options, key = '') => {
        const { included = [], excluded = [] } = (await session.environment().get('segment', key)).document;
        session.print({ included, excluded }, () => [
          ...included.map((member) => `+ ${member}`),
          ...excluded.map((member) => `- ${member}`),
        ]);
      }),
    );
  for (const [name, does, edit] of edits) {
    const change = members
      .command(`${name} <key> [members...]`)
      .description(does)
      .option('-f, --file <file>', 'more keys, one a line, - for stdin')
      .option('--create', 'make the segment when there is none');
    withCommitOptions(change).action(
      act<MemberFlags>(io, (session, options, key, listed) =>
        editMembers(session, options, key ?? '', (builder) =>
          readKeys(listed, options.file, session.io).then((keys) => edit(builder, keys)),
        ),
      ),
    );
  }
}

async function editMembers(
  session: Session,
  options: MemberFlags,
  key: string,
  edit: (builder: SegmentBuilder) => Promise<SegmentBuilder>,
): Promise<void> {
  const environment = session.environment();
  const stored = await (options.create ? environment.find('segment', key) : environment.get('segment', key));
  const changed = await edit(stored ? editSegment(stored) : segment(key).expect(0));
  const draft = options.expect === undefined ? changed : changed.expect(options.expect);
  const result = await environment.commit(draft, commitOptionsOf(options));
  session.print(result, () => commitLines(result, options.dryRun));
}
