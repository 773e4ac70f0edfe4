// flagsctl results, funnel, sample-size and query: what the events say.
import type {
  EnvironmentClient,
  ExperimentResults,
  FunnelQuestion,
  SampleSizeQuestion,
} from '@org/flags-admin';
import { Option, type Command } from 'commander';
import { CliError, type ExitName } from '../exit-codes.ts';
import { instant, real, wholeNumber } from '../input/read-options.ts';
import type { Io } from '../io.ts';
import { funnelLines, resultLines, sampleSizeLines, segmentLines, seriesLines } from '../output/results.ts';
import { table } from '../output/printable.ts';
import { act, type Session } from '../session.ts';

/** More than any query has. */
const sqlBytesMax = 1024 * 1024;

export function addResultCommands(program: Command, io: Io): void {
  addResults(program, io);
  addFunnel(program, io);
  addSampleSize(program, io);
  program
    .command('query <sql>')
    .description('one SELECT over the raw events of the environment; - reads it from stdin')
    .option('-n, --limit <rows>', 'at most so many rows, up to 10,000 (default 1,000)', wholeNumber)
    .action(
      act<{ limit?: number }>(io, async (session, { limit = 0 }, sql = '') => {
        const text = sql === '-' ? await session.io.readStdin(sqlBytesMax) : sql;
        const answer = await session.environment().query(text, { rowsMax: limit });
        session.print(answer, () => [
          ...table(
            answer.columns,
            answer.rows.map((row) => row.map(cellOf)),
          ),
          ...(answer.truncated ? ['... and more (--limit)'] : []),
        ]);
      }),
    );
}

const cellOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null);

interface ResultFlags {
  readonly format?: 'table' | 'json' | 'csv';
  readonly level?: '0.9' | '0.95' | '0.99';
  readonly metric?: string;
  readonly by?: 'hour' | 'day';
  readonly segment?: string;
  readonly exitCode?: boolean;
}

function addResults(program: Command, io: Io): void {
  program
    .command('results <experiment>')
    .description('units, metrics and variants, what the plan says, and why')
    .addOption(new Option('--format <format>', 'default table').choices(['table', 'json', 'csv']))
    .addOption(new Option('--level <level>', 'of the intervals').choices(['0.9', '0.95', '0.99']))
    .option('--metric <key>', 'one metric over time (--by) or by segment (--segment)')
    .addOption(new Option('--by <interval>', 'over time').choices(['hour', 'day']))
    .option('--segment <attribute>', 'by the values of an attribute')
    .option(
      '--exit-code',
      'end with 8 (keep running), 9 (blocked by faults of data) or 10 (roll back) unless it is to be shipped',
    )
    .action(act<ResultFlags>(io, showResults));
}

async function showResults(session: Session, options: ResultFlags, key = ''): Promise<void> {
  const { format = 'table', level, metric, by, segment } = options;
  const experiment = session.environment().experiment(key);
  if (metric !== undefined || by !== undefined || segment !== undefined) {
    if (metric === undefined || (by === undefined) === (segment === undefined))
      throw new CliError('--metric with either --by or --segment');
    if (by !== undefined) {
      const series = await experiment.timeSeries(metric, { interval: by });
      return session.print(series, () => seriesLines(series));
    }
    const segments = await experiment.segments(metric, segment!);
    return session.print(segments, () => segmentLines(segments));
  }
  const results = await experiment.results(level === undefined ? {} : { level: Number(level) as 0.9 });
  if (format === 'csv') session.io.stdout(await experiment.export('csv'));
  else if (format === 'json') session.io.stdout(`${JSON.stringify(results, undefined, 2)}\n`);
  else session.print(results, () => resultLines(results));
  if (options.exitCode) endBy(results);
}

const ends: Readonly<Record<string, ExitName>> = {
  keep_running: 'different',
  blocked: 'blocked',
  roll_back: 'rollBack',
};

/** For CI: what is not to be shipped is no success. */
function endBy({ experiment, recommendation: { action, reasons } }: ExperimentResults): void {
  const exit = ends[action];
  if (exit !== undefined) throw new CliError(`${experiment}: ${action}: ${reasons.join(' ')}`, exit);
}

interface FunnelFlags {
  readonly experiment?: string;
  readonly metric?: string;
  readonly within?: number;
  readonly from?: Date;
  readonly until?: Date;
}

function addFunnel(program: Command, io: Io): void {
  program
    .command('funnel [events...]')
    .description('how far units come through events, in their order')
    .option('--experiment <key>', 'by the variants of an experiment')
    .option('--metric <key>', 'the steps of a funnel metric')
    .option('--within <hours>', 'from the first step (of an experiment: the exposure) to the last', real)
    .option('--from <time>', 'only events from then on, as RFC 3339', instant)
    .option('--until <time>', 'only events until then', instant)
    .action(
      // Words that repeat come as one list.
      act<FunnelFlags>(io, (session, options, steps) =>
        showFunnel(session, options, steps as unknown as readonly string[]),
      ),
    );
}

async function showFunnel(
  session: Session,
  { experiment, metric, within, from, until }: FunnelFlags,
  steps: readonly string[],
): Promise<void> {
  if ((metric === undefined) === (steps.length === 0)) throw new CliError('either events or --metric');
  const question: FunnelQuestion = {
    ...(metric === undefined ? { steps } : { metric }),
    ...(within === undefined ? {} : { withinHours: within }),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
  const environment = session.environment();
  const asked: Pick<EnvironmentClient, 'funnel'> =
    experiment === undefined ? environment : environment.experiment(experiment);
  const variants = await asked.funnel(question);
  session.print(variants, () => funnelLines(variants));
}

const questions = [
  'metric',
  'rate',
  'mean',
  'standardDeviation',
  'minimumEffect',
  'alpha',
  'power',
  'variants',
  'method',
  'unitsPerDay',
] as const satisfies readonly (keyof SampleSizeQuestion)[];

function addSampleSize(program: Command, io: Io): void {
  program
    .command('sample-size')
    .description('how many units an experiment needs, and how long')
    .option('--metric <key>', 'its events of the last four weeks are the baseline')
    .option('--rate <share>', 'baseline of a conversion, e.g. 0.1', real)
    .option('--mean <value>', 'baseline of a mean', real)
    .option('--standard-deviation <value>', 'of the units’ values', real)
    .option('--minimum-effect <share>', 'relative, e.g. 0.05; default: the metric’s own', real)
    .option('--alpha <share>', 'default 0.05', real)
    .option('--power <share>', 'default 0.8', real)
    .option('--variants <count>', 'control included; default 2', wholeNumber)
    .addOption(
      new Option('--method <method>', 'default fixed').choices(['fixed', 'sequential', 'group_sequential']),
    )
    .option('--units-per-day <count>', 'that take part: for the days it takes', real)
    .action(
      act<SampleSizeQuestion>(io, async (session, options) => {
        const given = questions.map((name) => [name, options[name]] as const);
        const question: SampleSizeQuestion = Object.fromEntries(
          given.filter(([, value]) => value !== undefined),
        );
        const size = await session.environment().sampleSize(question);
        session.print(size, () => sampleSizeLines(size));
      }),
    );
}
