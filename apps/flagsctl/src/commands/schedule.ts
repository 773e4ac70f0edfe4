// flagsctl schedule: what the server will commit by itself, and when.
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { table } from '../output/printable.ts';
import { act } from '../session.ts';

export function addScheduleCommands(program: Command, io: Io): void {
  program
    .command('schedule')
    .description('changes that the server commits at a time')
    .command('list')
    .description('schedules, when they run next and why they stopped')
    .action(
      act(io, async (session) => {
        const found = await session.environment().schedules({ pageSize: 1_000 }).all();
        session.print(found, () =>
          table(
            ['KEY', 'STATE', 'NEXT', 'LAST', 'CHANGES', 'FAILURE'],
            found.map(({ schedule, state, nextRuns, lastRun, failure }) => [
              schedule.key,
              state,
              nextRuns[0] ?? '',
              lastRun,
              schedule.document.changes.map(({ kind, key }) => `${kind} ${key}`).join(', '),
              failure,
            ]),
          ),
        );
      }),
    );
}
