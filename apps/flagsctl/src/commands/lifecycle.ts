// flagsctl flag stale and usages: what can leave the code, and what stands in the way. With a folder the clean-up report
// names the places in the code, too.
import type { DocumentKind, FlagLifecycle } from '@org/flags-admin';
import type { Command } from 'commander';
import { readFlags } from '../definition.ts';
import { CliError } from '../exit-codes.ts';
import { wholeNumber } from '../input/read-options.ts';
import type { Io } from '../io.ts';
import { oneLine, table } from '../output/printable.ts';
import { findReferences, type Reference } from '../refs/find-references.ts';
import { act, type Session } from '../session.ts';

interface StaleFlags {
  readonly days?: number;
  readonly refs?: string;
  readonly exitCode?: boolean;
}

export function addLifecycleCommands(flag: Command, segment: Command, io: Io): void {
  flag
    .command('stale')
    .description('the clean-up report: flags that can leave the code, why, and what stands in the way')
    .option('--days <days>', 'unused, or the same for everybody, for so long (default 30)', wholeNumber)
    .option('--refs <folder>', 'also find them in a checkout')
    .option('--exit-code', 'end with 8 when there are any')
    .action(act<StaleFlags>(io, reportStale));
  for (const [command, kind] of [
    [flag, 'flag'],
    [segment, 'segment'],
  ] as const) {
    command
      .command('usages <key>')
      .description('what uses it, directly or through others')
      .action(act(io, (session, _options, key = '') => showUsages(session, kind, key)));
  }
}

async function showUsages(session: Session, kind: DocumentKind, key: string): Promise<void> {
  const found = await session.environment().usages(kind, key);
  session.print(found, () => [
    ...table(
      ['KIND', 'KEY', 'PLACES', 'DELETION'],
      found.usages.map((usage) => [
        usage.kind,
        usage.key,
        usage.indirect ? '(through others)' : usage.places.join(', '),
        usage.blocksDeletion ? 'blocks' : '',
      ]),
    ),
    ...(found.more ? ['... and more'] : []),
  ]);
}

type Stale = FlagLifecycle & { readonly references?: readonly Reference[] };

async function reportStale(session: Session, { days, refs, exitCode }: StaleFlags): Promise<void> {
  const options = {
    staleOnly: true,
    pageSize: 1_000,
    ...(days === undefined ? {} : { staleAfterDays: days }),
  };
  const flags: readonly Stale[] = await session.environment().lifecycle(options).all();
  const report = refs === undefined ? flags : await withReferences(session, flags, refs);
  session.print(report, () =>
    report.length === 0 ? ['no flag is stale'] : report.flatMap((flag) => linesOf(flag)),
  );
  if (exitCode && report.length > 0) throw new CliError(`${report.length} stale flag(s)`, 'different');
}

async function withReferences(
  session: Session,
  flags: readonly Stale[],
  folder: string,
): Promise<readonly Stale[]> {
  const { references } = await findReferences(folder, await readFlags(session, undefined), session.io);
  return flags.map((flag) => ({ ...flag, references: references.filter(({ key }) => key === flag.key) }));
}

function linesOf({
  key,
  staleness,
  owner,
  advice,
  variantToKeep,
  references,
  ...flag
}: Stale): readonly string[] {
  const facts = [
    ...(owner ? [`owner ${owner}`] : []),
    `changed ${flag.changedAt}`,
    flag.lastEvaluatedAt ? `evaluated ${flag.lastEvaluatedAt}` : `not evaluated since ${flag.countingSince}`,
    ...(variantToKeep ? [`keep "${variantToKeep}"`] : []),
  ];
  return [
    `${oneLine(key)}  ${staleness.replace('_', ' ')}`,
    `  ${oneLine(facts.join(', '))}`,
    ...(advice ? [`  ${oneLine(advice)}`] : []),
    ...(references ?? []).map(({ file, line, text }) => `  ${file}:${line}: ${oneLine(text)}`),
    ...(references?.length === 0 ? ['  no reference in the checkout'] : []),
  ];
}
