// flagsctl change: changes that others look at before they are made.
import type { ChangeRequest, DocumentChange, Verdict } from '@org/flags-admin';
import { remove } from '@org/flags-admin';
import type { Command } from 'commander';
import { readDefinition } from '../definition.ts';
import { CliError } from '../exit-codes.ts';
import { collect, instant, wholeNumber } from '../input/read-options.ts';
import type { Io } from '../io.ts';
import { commitLines, diffLines } from '../output/describe.ts';
import { table } from '../output/printable.ts';
import { act, type Session } from '../session.ts';
import { differences } from './env.ts';

interface ProposalFlags {
  readonly file?: string;
  readonly remove?: readonly string[];
  readonly revert?: number;
  readonly prune?: boolean;
  readonly reason?: string;
  readonly idempotencyKey?: string;
}

export function addChangeCommands(program: Command, io: Io): void {
  const change = program.command('change').description('changes that others look at before they are made');
  addProposals(change, io);
  addReviews(change, io);
  addEnds(change, io);
  change
    .command('list')
    .description('change requests, newest first')
    .option('--open', 'only those that are neither applied nor withdrawn')
    .option('-n, --limit <count>', 'at most so many', wholeNumber, 20)
    .action(
      act<{ open?: boolean; limit: number }>(io, async (session, { open = false, limit }) => {
        const found = await session.environment().changeRequests.list({ openOnly: open }).all(limit);
        session.print(found, () =>
          table(
            ['NUMBER', 'STATE', 'VERSION', 'APPROVALS', 'BY', 'REASON'],
            found.map((each) => [
              ...[String(each.number), each.state, String(each.version)],
              ...[`${each.approvals}/${each.approvalsNeeded}`, each.principalName, each.reason.slice(0, 80)],
            ]),
          ),
        );
      }),
    );
  change
    .command('show <number>')
    .description('what a change request would change, who said what, and what moved on meanwhile')
    .action(
      act(io, async (session, _options, number = '') => {
        const found = await session.environment().changeRequests.get(wholeNumber(number));
        session.print(found, () => linesOf(found));
      }),
    );
}

const withContents = (command: Command): Command =>
  command
    .option('-f, --file <file>', 'documents as `env export` prints them, YAML or JSON, - for stdin')
    .option('--prune', 'with --file: also remove documents that are not in it')
    .option('--remove <kind/key>', 'remove this document (repeatable)', collect)
    .option('--revert <revision>', 'what makes the environment what it was at a revision', wholeNumber)
    .option('-m, --reason <text>', 'why');

function addProposals(change: Command, io: Io): void {
  withContents(change.command('propose').description('propose a change; nothing is committed'))
    .option('--idempotency-key <text>', 'makes a retry of the whole command safe')
    .action(
      act<ProposalFlags>(io, async (session, options) => {
        const changes = await contentsOf(session, options);
        const { reason = '', idempotencyKey } = options;
        const key = idempotencyKey === undefined ? {} : { idempotencyKey };
        const made = await session.environment().changeRequests.propose(changes, { reason, ...key });
        session.print(made, () => [`proposed change request ${made.number}`, ...linesOf(made)]);
      }),
    );
  withContents(change.command('edit <number>').description('replace its changes; voids every approval'))
    .option('--seen <version>', 'the version that the edit was made from; default: the newest', wholeNumber)
    .action(
      act<ProposalFlags & { seen?: number }>(io, async (session, options, number = '') => {
        const seen = await seenBy(session, number, options.seen);
        const changes = await contentsOf(session, options);
        const { reason = '' } = options;
        const made = await session.environment().changeRequests.edit(seen, changes, { reason });
        session.print(made, () => [
          `change request ${made.number} is version ${made.version}`,
          ...linesOf(made),
        ]);
      }),
    );
}

/** The changes that the options name, at least one. */
async function contentsOf(session: Session, options: ProposalFlags): Promise<readonly DocumentChange[]> {
  const { file, prune, revert } = options;
  const removed = (options.remove ?? []).map((name) => {
    const at = name.indexOf('/');
    if (at < 1) throw new CliError(`"${name}": kind/key is expected`);
    return remove(name.slice(0, at) as DocumentChange['kind'], name.slice(at + 1));
  });
  const defined = file === undefined ? [] : await readDefinition(file, session.io);
  const changes = [
    ...(file === undefined ? [] : await differences(session, defined, prune)),
    ...(revert === undefined ? [] : await wayBack(session, revert)),
    ...removed,
  ];
  if (file === undefined && revert === undefined && removed.length === 0)
    throw new CliError('one of --file, --remove and --revert is needed');
  if (changes.length === 0) throw new CliError('nothing differs from what is live');
  return changes;
}

/** Schedules are plans, not state: a way back leaves them alone, as Revert does. */
async function wayBack(session: Session, revision: number): Promise<readonly DocumentChange[]> {
  const { diffs, more } = await session.environment().diff(revision);
  if (more || diffs.some(({ truncated }) => truncated))
    throw new CliError('too much differs for one change request');
  return diffs
    .filter(({ kind }) => kind !== 'schedule')
    .map(({ kind, key, before }) => {
      if (before === undefined) return remove(kind as DocumentChange['kind'], key);
      const { killed: _killed, life: _life, ...document } = before as { killed?: unknown; life?: unknown };
      return { kind, key, document } as unknown as DocumentChange;
    });
}

async function seenBy(
  session: Session,
  number: string,
  version: number | undefined,
): Promise<{ readonly number: number; readonly version: number }> {
  const asked = wholeNumber(number);
  if (version !== undefined) return { number: asked, version };
  return session.environment().changeRequests.get(asked);
}

function addReviews(change: Command, io: Io): void {
  const verdicts: readonly (readonly [Verdict, string])[] = [
    ['approve', 'agree to a version'],
    ['reject', 'refuse a version, until it is edited'],
    ['comment', 'say something about a version (--comment)'],
  ];
  for (const [verdict, description] of verdicts)
    change
      .command(`${verdict} <number>`)
      .description(description)
      .option('--seen <version>', 'the version that was looked at; default: the newest', wholeNumber)
      .option('-c, --comment <text>', 'a comment')
      .action(
        act<{ seen?: number; comment?: string }>(io, async (session, options, number = '') => {
          const seen = await seenBy(session, number, options.seen);
          const { comment = '' } = options;
          const found = await session.environment().changeRequests.review(seen, verdict, { comment });
          session.print(found, () => linesOf(found));
        }),
      );
}

function addEnds(change: Command, io: Io): void {
  change
    .command('apply <number>')
    .description('commit an approved change request, at once or at a time')
    .option('--seen <version>', 'the version that was looked at; default: the newest', wholeNumber)
    .option('--at <time>', 'when, e.g. 2027-01-31T09:00:00Z', instant)
    .action(
      act<{ seen?: number; at?: Date }>(io, async (session, { seen: saw, at }, number = '') => {
        const seen = await seenBy(session, number, saw);
        const when = at === undefined ? {} : { at: at.toISOString() };
        const applied = await session.environment().changeRequests.apply(seen, when);
        const { changeRequest, commit } = applied;
        session.print(applied, () =>
          commit === undefined ? [`waits until ${changeRequest.applyAt}`] : commitLines(commit),
        );
      }),
    );
  change
    .command('bypass <number>')
    .description('commit it without the approvals that lack, in an emergency; recorded for good')
    .requiredOption('-m, --reason <text>', 'why')
    .option('--seen <version>', 'the version that was looked at; default: the newest', wholeNumber)
    .action(
      act<{ reason: string; seen?: number }>(io, async (session, { reason, seen: saw }, number = '') => {
        const seen = await seenBy(session, number, saw);
        const applied = await session.environment().changeRequests.bypass(seen, reason);
        const { commit } = applied;
        session.print(applied, () => (commit === undefined ? [] : commitLines(commit)));
      }),
    );
  change
    .command('withdraw <number>')
    .description('end a change request that was not applied')
    .option('--schedule-only', 'only take back its time')
    .action(
      act<{ scheduleOnly?: boolean }>(io, async (session, { scheduleOnly = false }, number = '') => {
        const calls = session.environment().changeRequests;
        const found = await calls.withdraw(wholeNumber(number), { scheduleOnly });
        session.print(found, () => linesOf(found));
      }),
    );
}

function linesOf(request: ChangeRequest): readonly string[] {
  const { number, version, state, approvals, approvalsNeeded, conflicts, applyAt, failure } = request;
  return [
    `change request ${number}, version ${version}: ${state}, ${approvals} of ${approvalsNeeded} approvals`,
    `by ${request.principalName}: ${request.reason}`,
    ...(applyAt === '' ? [] : [`to be applied at ${applyAt}`]),
    ...(failure === '' ? [] : [`not applied: ${failure}`]),
    ...(request.bypassReason === '' ? [] : [`bypassed by ${request.bypassedBy}: ${request.bypassReason}`]),
    ...conflicts.map(({ kind, key }) => `moved on since: ${kind} ${key}`),
    ...request.reviews.map(
      (each) => `${each.principalName}: ${each.verdict} (version ${each.version}) ${each.comment}`,
    ),
    ...diffLines(request.diffs),
  ];
}
