// flagsctl metric, experiment and holdout: what is measured, what is compared, and the steps of an experiment's life.
import {
  experiment,
  holdout,
  type Decision,
  type Experiment,
  type ExperimentBuilder,
  type ExperimentClient,
  type ExperimentResults,
  type Holdout,
  type HoldoutBuilder,
} from '@org/flags-admin';
import type { Command } from 'commander';
import { CliError } from '../exit-codes.ts';
import { collect, percent, positive, shares } from '../input/read-options.ts';
import type { Io } from '../io.ts';
import { commitLines } from '../output/describe.ts';
import { statusLines } from '../output/results.ts';
import { act, type Session } from '../session.ts';
import {
  changeOptionsOf,
  commitOptionsOf,
  withChangeOptions,
  withCommitOptions,
  type ChangeFlags,
  type CommitFlags,
} from './change-options.ts';
import { addDocumentCommands } from './documents.ts';

const buckets = 1_000;

export function addExperimentCommands(program: Command, io: Io): void {
  addDocumentCommands(program.command('metric').description('what experiments measure'), io, 'metric', {
    header: ['TYPE', 'EVENTS', 'GOOD'],
    cells: ({ type, direction, selection, numerator, denominator, steps = [] }) => [
      type,
      [selection, numerator, denominator, ...steps].flatMap((each) => each?.event ?? []).join(', '),
      direction === 'increase' ? 'more' : 'less',
    ],
  });
  const command = program.command('experiment').description('comparisons of variants of a flag');
  addDocumentCommands(command, io, 'experiment', {
    header: ['FLAG', 'STATE', 'UNITS', 'GOALS', 'PLAN'],
    cells: (document) => [
      document.target.key,
      document.life?.state ?? 'draft',
      `${document.allocation / buckets} %`,
      document.metrics.flatMap(({ key, role }) => (role === 'goal' ? [key] : [])).join(', '),
      document.plan.method,
    ],
  });
  addCreate(command, io);
  addSteps(command, io);
  command
    .command('status <key>')
    .description('where it stands, and what its results recommend')
    .action(act(io, showStatus));
  const held = program.command('holdout').description('units that see no experiment');
  addDocumentCommands(held, io, 'holdout', {
    header: ['UNITS', 'KIND', 'COVERS'],
    cells: ({ allocation, unit = "experiment's", scope }) => [
      `${allocation / buckets} %`,
      unit,
      scopeText(scope),
    ],
  });
  withCommitOptions(
    held
      .command('create <key>')
      .description('hold a percentage of the units out')
      .requiredOption('--percent <percent>', 'in steps of 0.001, at most 50', percent)
      .option('--everywhere', 'from every experiment that starts from now on, named or not')
      .option('--layer <name>', 'from every experiment of the layer that starts from now on')
      .option('--unit <kind>', "the kind of context whose key is the unit (default: each experiment's)"),
  ).action(
    act<HoldoutFlags>(io, async (session, options, key = '') => {
      const draft = holdoutOf(key, options);
      const result = await session.environment().create(draft, commitOptionsOf(options));
      session.print(result, () => commitLines(result, options.dryRun));
    }),
  );
}

interface HoldoutFlags extends CommitFlags {
  readonly percent: number;
  readonly everywhere?: boolean;
  readonly layer?: string;
  readonly unit?: string;
}

function holdoutOf(key: string, { percent, everywhere, layer, unit }: HoldoutFlags): HoldoutBuilder {
  if (everywhere === true && layer !== undefined) throw new CliError('--everywhere or --layer, not both');
  const draft = holdout(key, percent).unit(unit);
  if (everywhere === true) return draft.everywhere();
  return layer === undefined ? draft : draft.inLayer(layer);
}

const scopeText = (scope: Holdout['scope']): string => {
  if (scope === undefined) return 'where named';
  return scope.kind === 'environment' ? 'everything' : `layer ${scope.layer}`;
};

interface CreateFlags extends CommitFlags {
  readonly flag: string;
  readonly variants: readonly (readonly [string, number])[];
  readonly control?: string;
  readonly percent?: number;
  readonly goal: readonly string[];
  readonly secondary?: readonly string[];
  readonly guardrail?: readonly string[];
  readonly layer?: string;
  readonly holdout?: readonly string[];
  readonly segment?: readonly string[];
  readonly unit?: string;
  readonly looks?: number;
  readonly maxUnits?: number;
  readonly automatic?: boolean;
  readonly minimumHours?: number;
  readonly hypothesis?: string;
}

function addCreate(command: Command, io: Io): void {
  const create = command
    .command('create <key>')
    .description('a draft; what has no option here, `experiment set --file` takes')
    .requiredOption('--flag <key>', 'the flag it is on')
    .requiredOption(
      '--variants <shares>',
      'which variants, by weight: old=1,new=1; the first is the control',
      shares,
    )
    .option('--control <variant>', 'the variant the others are compared with')
    .option(
      '--percent <percent>',
      'how many of the units take part, in steps of 0.001 (default 100)',
      percent,
    )
    .requiredOption('--goal <metric>', 'a metric that decides (repeatable)', collect)
    .option('--secondary <metric>', 'a metric that is watched (repeatable)', collect)
    .option(
      '--guardrail <metric=margin>',
      'a metric that must not get worse by e.g. 0.01 (repeatable)',
      collect,
    )
    .option('--layer <name>', 'experiments of one layer never share a unit')
    .option('--holdout <key>', 'whose units take no part (repeatable)', collect)
    .option('--segment <attribute>', 'results are broken down by it (repeatable)', collect)
    .option('--unit <kind>', 'the kind of context whose key is the unit')
    .option(
      '--max-units <count>',
      'a planned sample: one look at its end, or --looks; else sequential',
      positive,
    )
    .option(
      '--looks <count>',
      "group-sequential: so many looks, by the boundaries of O'Brien and Fleming",
      positive,
    )
    .option('--automatic', 'the goals and guardrails decide by the plan')
    .option('--minimum-hours <hours>', 'nothing is decided before', positive)
    .option('--hypothesis <text>', 'what is expected, and why');
  withCommitOptions(create).action(
    act<CreateFlags>(io, async (session, options, key = '') => {
      const result = await session.environment().create(draftOf(key, options), commitOptionsOf(options));
      session.print(result, () => commitLines(result, options.dryRun));
    }),
  );
}

function draftOf(key: string, options: CreateFlags): ExperimentBuilder {
  const { flag, variants, control, looks, maxUnits } = options;
  let draft = experiment(key, flag).variants(variants);
  if (control !== undefined) draft = draft.control(control);
  for (const metric of options.goal) draft = draft.goal(metric);
  for (const metric of options.secondary ?? []) draft = draft.secondary(metric);
  for (const text of options.guardrail ?? []) draft = withGuardrail(draft, text);
  if (looks !== undefined && maxUnits === undefined) throw new CliError('--looks needs --max-units');
  if (maxUnits !== undefined)
    draft =
      looks === undefined
        ? draft.fixed({ maxUnits })
        : draft.groupSequential({ looks, maxUnits, spending: 'obrien_fleming' });
  if (options.percent !== undefined) draft = draft.allocate(options.percent);
  if (options.hypothesis !== undefined) draft = draft.hypothesis(options.hypothesis);
  return draft
    .layer(options.layer)
    .unit(options.unit)
    .holdouts(...(options.holdout ?? []))
    .segments(...(options.segment ?? []))
    .minimumHours(options.minimumHours)
    .decidesItself(options.automatic ?? false);
}

function withGuardrail(draft: ExperimentBuilder, text: string): ExperimentBuilder {
  const [, metric, margin] = /^(.+?)(?:=([\d.e-]+))?$/.exec(text) ?? [];
  if (metric === undefined) throw new CliError('--guardrail metric=margin');
  return margin === undefined ? draft.guardrail(metric) : draft.guardrail(metric, Number(margin));
}

type Step = (experiment: ExperimentClient, options: ChangeFlags) => ReturnType<ExperimentClient['start']>;

function addSteps(command: Command, io: Io): void {
  const plain: readonly (readonly [name: string, does: string, step: Step])[] = [
    ['start', 'start a draft', (one, options) => one.start(changeOptionsOf(options))],
    ['stop', 'end the exposure: the rules of the flag decide again', (one, options) => one.stop(changeOptionsOf(options))], // prettier-ignore
  ];
  for (const [name, does, step] of plain)
    withChangeOptions(command.command(`${name} <key>`).description(does)).action(
      act<ChangeFlags>(io, (session, options, key = '') => print(session, step(one(session, key), options))),
    );
  withChangeOptions(
    command
      .command('ramp <key>')
      .argument('<percent>', 'in steps of 0.001', percent)
      .description('let so many of the units take part, never fewer than now'),
  ).action(
    act<ChangeFlags>(io, (session, options, key = '', share) =>
      print(session, one(session, key).ramp(Number(share), changeOptionsOf(options))),
    ),
  );
  withChangeOptions(
    command
      .command('decide <key> <outcome> [variant]')
      .description('ship (a variant), roll_back or inconclusive: freezes the results with the decision'),
  ).action(
    act<ChangeFlags>(io, (session, options, key = '', outcome = '', variant?: string) =>
      print(session, one(session, key).decide(decisionOf(outcome, variant), changeOptionsOf(options))),
    ),
  );
}

const one = (session: Session, key: string): ExperimentClient => session.environment().experiment(key);

async function print(session: Session, step: ReturnType<ExperimentClient['start']>): Promise<void> {
  const result = await step;
  session.print(result, () => commitLines(result));
}

function decisionOf(outcome: string, variant: string | undefined): Decision {
  if (outcome === 'ship') {
    if (variant === undefined) throw new CliError('name the variant to ship: decide <key> ship <variant>');
    return { outcome, variant };
  }
  if (outcome !== 'roll_back' && outcome !== 'inconclusive')
    throw new CliError('outcome: ship, roll_back or inconclusive');
  if (variant !== undefined) throw new CliError('only what is shipped has a variant');
  return { outcome };
}

async function showStatus(session: Session, _: object, key = ''): Promise<void> {
  const { document } = await session.environment().get('experiment', key);
  const results = await resultsOf(one(session, key), document);
  session.print({ experiment: document, results: results ?? null }, () =>
    statusLines(key, document, results),
  );
}

/** Of a draft there are none; of what runs, what analytics says, as far as it answers. */
const resultsOf = async (
  client: ExperimentClient,
  { life }: Experiment,
): Promise<ExperimentResults | undefined> => (life === undefined ? undefined : client.results());
