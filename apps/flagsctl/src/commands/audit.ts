// flagsctl audit: what the audit log says, and whether it is still as it was written.
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { AuditHead } from '@org/flags-admin';
import { CliError } from '../exit-codes.ts';
import { wholeNumber } from '../input/read-options.ts';
import type { Io } from '../io.ts';
import { table } from '../output/printable.ts';
import { act } from '../session.ts';

export function addAuditCommands(program: Command, io: Io): void {
  const audit = program.command('audit').description('the audit log of the installation');
  audit
    .command('list')
    .description('entries, newest first')
    .option('-n, --limit <count>', 'at most so many', wholeNumber, 20)
    .option('--action <action>', 'only of this kind, e.g. flag.kill')
    .action(
      act<{ limit: number; action?: string }>(io, async (session, { limit, action }) => {
        const named = action === undefined ? {} : { action };
        const entries = await session.admin().audit(named).all(limit);
        session.print(entries, () =>
          table(
            ['ENTRY', 'TIME', 'ACTION', 'TARGET', 'PRINCIPAL', 'KEY', 'DETAILS'],
            entries.map((each) => [
              ...[String(each.sequence), each.at, each.action, each.target],
              ...[each.actorPrincipalId, each.actorKeyId, JSON.stringify(each.details)],
            ]),
          ),
        );
      }),
    );
  audit
    .command('verify')
    .description('reckon the chain of hashes anew; ends with 8 when an entry was altered, removed or cut off')
    .option('--known <entry:hash>', 'a head that was noted before, which the log must still hold', head)
    .action(
      act<{ known?: AuditHead }>(io, async (session, { known }) => {
        const verdict = await session.admin().verifyAudit(known);
        if (!verdict.whole)
          throw new CliError(`broken at entry ${verdict.brokenAt}: ${verdict.problem}`, 'different');
        session.print(verdict, () => [
          `whole: ${verdict.sequence} entries`,
          `head ${verdict.sequence}:${verdict.hash}`,
        ]);
      }),
    );
}

function head(text: string): AuditHead {
  const [, sequence, hash] = /^(\d{1,9}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (hash === undefined)
    throw new InvalidArgumentError('<entry>:<hash> is expected, as audit verify prints it.');
  return { sequence: Number(sequence), hash };
}
