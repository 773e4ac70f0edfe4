// flagsctl alert: rules over what an environment does, how they stand, and who is told.
import type { AlertStatus } from '@org/flags-admin';
import { Option, type Command } from 'commander';
import { CliError } from '../exit-codes.ts';
import { instant } from '../input/read-options.ts';
import type { Io } from '../io.ts';
import { oneLine, table } from '../output/printable.ts';
import { act } from '../session.ts';
import { addDocumentCommands } from './documents.ts';

export function addAlertCommands(program: Command, io: Io): void {
  const command = program.command('alert').description('who is told when something is wrong');
  addDocumentCommands(command, io, 'alert', {
    header: ['RULE', 'SEVERITY', 'CHANNELS'],
    cells: ({ rule, severity = 'warning', channels, paused }) => [
      paused === true ? `${rule.type} (paused)` : rule.type,
      severity,
      channels.join(', '),
    ],
  });
  addStatus(command, io);
  addSilence(command, io);
  command
    .command('acknowledge <key>')
    .description('somebody looks at it: not told again while this incident lasts; its end is')
    .action(
      act(io, async (session, _, key = '') => {
        const status = await session.environment().alerts.acknowledge(key);
        session.print(status, () => statusLines(status));
      }),
    );
  addChannels(command, io);
}

function addStatus(command: Command, io: Io): void {
  command
    .command('status [key]')
    .description('how alerts stand; of one also what was told to whom')
    .option('--firing', 'only those that fire')
    .action(
      act<{ firing?: boolean }>(io, async (session, { firing = false }, key = '') => {
        const { alerts } = session.environment();
        if (key !== '') {
          const status = await alerts.status(key);
          return session.print(status, () => statusLines(status));
        }
        const found = await alerts.list({ firingOnly: firing }).all();
        return session.print(found, () =>
          table(
            ['KEY', 'STATE', 'SEVERITY', 'SINCE', 'TEXT'],
            found.map((alert) => [alert.key, stateOf(alert), alert.severity, alert.since, alert.text]),
          ),
        );
      }),
    );
}

function addSilence(command: Command, io: Io): void {
  command
    .command('silence [key]')
    .description('tell nobody until then, of one alert or of all')
    .addOption(new Option('--until <time>', 'RFC 3339, at most 30 days ahead').argParser(instant))
    .option('--end <id>', 'end a silence')
    .option('-m, --reason <text>', 'why')
    .action(
      act<{ until?: Date; end?: string; reason?: string }>(
        io,
        async (session, { until, end, reason }, key = '') => {
          const { alerts } = session.environment();
          if ((until === undefined) === (end === undefined)) throw new CliError('either --until or --end');
          if (end !== undefined) {
            await alerts.endSilence(end);
            return session.print({ ended: end }, () => [`ended ${end}`]);
          }
          const silence = await alerts.silence({
            ...{ key, until: until! },
            ...(reason === undefined ? {} : { reason }),
          });
          return session.print(silence, () => [
            `${key === '' ? 'all alerts' : key} until ${silence.until} (${silence.id})`,
          ]);
        },
      ),
    );
  command
    .command('silences')
    .description('silences that hold')
    .action(
      act(io, async (session) => {
        const found = await session.environment().alerts.silences();
        session.print(found, () =>
          table(
            ['ID', 'ALERT', 'UNTIL', 'AUTHOR', 'REASON'],
            found.map(({ id, key, until, author, reason }) => [id, key || 'all', until, author, reason]),
          ),
        );
      }),
    );
}

function addChannels(command: Command, io: Io): void {
  command
    .command('test [key]')
    .description('send a test to the channels of an alert, or to one channel')
    .option('--channel <name>', 'a channel of the installation')
    .action(
      act<{ channel?: string }>(io, async (session, { channel }, key = '') => {
        if ((key === '') === (channel === undefined)) throw new CliError('either an alert or --channel');
        const tests = await session.environment().alerts.test(channel === undefined ? { key } : { channel });
        session.print(tests, () =>
          tests.map((test) => `${test.channel}: ${test.delivered ? 'delivered' : oneLine(test.problem)}`),
        );
        if (tests.some(({ delivered }) => !delivered))
          throw new CliError('not every channel took it', 'failure');
      }),
    );
  command
    .command('channels')
    .description('the channels of the installation')
    .action(
      act(io, async (session) => {
        const found = await session.environment().alerts.channels();
        session.print(found, () =>
          table(
            ['NAME', 'TYPE'],
            found.map(({ name, type }) => [name, type]),
          ),
        );
      }),
    );
}

const stateOf = ({ state, paused, silencedUntil, flapping }: AlertStatus): string =>
  [
    paused ? 'paused' : state,
    ...(flapping ? ['flapping'] : []),
    ...(silencedUntil === '' ? [] : ['silenced']),
  ].join(', ');

function statusLines(status: AlertStatus): readonly string[] {
  const { key, severity, since, text, incident, deliveries, silencedUntil } = status;
  const seen = incident?.acknowledgedBy ? `, acknowledged by ${oneLine(incident.acknowledgedBy)}` : '';
  return [
    `${oneLine(key)}: ${stateOf(status)} (${severity})${since === '' ? '' : ` since ${since}`}`,
    ...(text === '' ? [] : [oneLine(text)]),
    ...(incident === undefined ? [] : [`incident ${oneLine(incident.id)}${seen}`]),
    ...(silencedUntil === '' ? [] : [`silenced until ${silencedUntil}`]),
    ...deliveries.map((told) =>
      oneLine(
        `${told.createdAt} ${told.event} to ${told.channel}: ${told.state} ` +
          `(${told.attempts} attempts) ${told.problem}`,
      ),
    ),
  ];
}
