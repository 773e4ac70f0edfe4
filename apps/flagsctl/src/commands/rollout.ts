// flagsctl rollout: gives a variant to more and more units, and waits for the end, for pipelines: what a run ends with says how
// the rollout stands.
import { setTimeout as pause } from 'node:timers/promises';
import {
  rollout,
  type RolloutBuilder,
  type RolloutClient,
  type RolloutScenario,
  type RolloutState,
  type RolloutStatus,
} from '@org/flags-admin';
import type { Command } from 'commander';
import { CliError } from '../exit-codes.ts';
import { collect, percent, positive, real, seconds } from '../input/read-options.ts';
import type { Io } from '../io.ts';
import { commitLines } from '../output/describe.ts';
import { table } from '../output/printable.ts';
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

export function addRolloutCommands(program: Command, io: Io): void {
  const command = program.command('rollout').description('variants given to more and more units');
  addDocumentCommands(command, io, 'rollout', {
    header: ['FLAG', 'VARIANT', 'STATE', 'UNITS', 'STRATEGY'],
    cells: ({ target, variant, life, strategy }) => [
      target.key,
      variant,
      life?.state ?? 'draft',
      `${life?.percentage ?? 0} %`,
      strategy,
    ],
  });
  addCreate(command, io);
  addSteps(command, io);
  command
    .command('status <key>')
    .description(
      'where it stands, what its rules say, and what it waits for; see also the exit code of `wait`',
    )
    .action(
      act(io, async (session, _, key = '') => {
        const status = await one(session, key).status();
        session.print(status, () => statusLines(status));
      }),
    );
  addWait(command, io);
  addMetrics(command, io);
  addSimulate(command, io);
}

const one = (session: Session, key: string): RolloutClient => session.environment().rollout(key);

interface CreateFlags extends CommitFlags {
  readonly flag: string;
  readonly variant: string;
  readonly strategy?: 'linear' | 'exponential' | 'canary' | 'blue_green';
  readonly stage?: readonly string[];
  readonly control?: string;
  readonly minimumMinutes?: number;
  readonly minimumSample?: number;
  readonly approvalFrom?: number;
  readonly watchErrors?: boolean;
  readonly slowerThan?: number;
  readonly guardrail?: readonly string[];
}

function addCreate(command: Command, io: Io): void {
  const create = command
    .command('create <key>')
    .description('a draft; what has no option here, `rollout set --file` takes')
    .requiredOption('--flag <key>', 'the flag it is on')
    .requiredOption('--variant <variant>', 'what is rolled out')
    .option('--strategy <name>', 'linear (default), exponential, canary or blue_green')
    .option('--stage <percent>', 'a stage of its own (repeatable), instead of a strategy', collect)
    .option('--control <variant>', 'what the others get meanwhile, to be compared with')
    .option('--minimum-minutes <minutes>', 'how long each stage is watched at least (default 60)', positive)
    .option('--minimum-sample <calls>', 'guarded calls that each stage waits for', positive)
    .option('--approval-from <percent>', 'stages from this one on wait for an approval', percent)
    .option('--watch-errors', 'roll back when guarded calls with the variant fail more often')
    .option('--slower-than <ms>', 'roll back when more of them take longer than this', positive)
    .option('--guardrail <metric>', 'roll back when the metric gets worse (repeatable)', collect);
  withCommitOptions(create).action(
    act<CreateFlags>(io, async (session, options, key = '') => {
      const result = await session.environment().create(draftOf(key, options), commitOptionsOf(options));
      session.print(result, () => commitLines(result, options.dryRun));
    }),
  );
}

function draftOf(key: string, options: CreateFlags): RolloutBuilder {
  const { flag, variant, strategy, stage, minimumMinutes, minimumSample, slowerThan } = options;
  let draft = rollout(key, flag, variant).control(options.control).approvalFrom(options.approvalFrom);
  if (strategy !== undefined && stage !== undefined) throw new CliError('either --strategy or --stage');
  if (strategy !== undefined) draft = draft.strategy(strategy);
  if (stage !== undefined) draft = draft.stages(...stage.map((text) => percent(text)));
  if (minimumMinutes !== undefined) draft = draft.minimumMinutes(minimumMinutes);
  if (minimumSample !== undefined) draft = draft.minimumSample(minimumSample);
  if (options.watchErrors === true) draft = draft.watchErrors();
  if (slowerThan !== undefined) draft = draft.watchLatency(slowerThan);
  for (const metric of options.guardrail ?? []) draft = draft.guardrail(metric);
  return draft;
}

type Step = (rollout: RolloutClient, options: ChangeFlags) => ReturnType<RolloutClient['start']>;

function addSteps(command: Command, io: Io): void {
  const steps: readonly (readonly [name: string, does: string, step: Step])[] = [
    ['start', 'begin with the first stage', (one, options) => one.start(changeOptionsOf(options))],
    ['pause', 'stay at the stage; harm still rolls it back', (one, options) => one.pause(changeOptionsOf(options))],
    ['resume', 'go on', (one, options) => one.resume(changeOptionsOf(options))],
    ['next', 'to the next stage now, or to the end', (one, options) => one.next(changeOptionsOf(options))],
    ['rollback', 'take the variant away from everybody it was given to', (one, options) => one.rollBack(changeOptionsOf(options))],
    ['abort', 'the same, for good', (one, options) => one.abort(changeOptionsOf(options))],
  ]; // prettier-ignore
  for (const [name, does, step] of steps)
    withChangeOptions(command.command(`${name} <key>`).description(does)).action(
      act<ChangeFlags>(io, (session, options, key = '') => print(session, step(one(session, key), options))),
    );
  withChangeOptions(
    command
      .command('approve <key>')
      .description('let the next stage begin that waits for it')
      .option('--stage <number>', 'which one, from 1', positive),
  ).action(
    act<ChangeFlags & { stage?: number }>(io, (session, { stage, ...options }, key = '') =>
      print(
        session,
        one(session, key).approve({ ...changeOptionsOf(options), ...(stage === undefined ? {} : { stage }) }),
      ),
    ),
  );
}

async function print(session: Session, step: ReturnType<RolloutClient['start']>): Promise<void> {
  const result = await step;
  session.print(result, () => commitLines(result));
}

const over: ReadonlySet<RolloutState> = new Set(['completed', 'rolled_back', 'aborted']);
const lookMsDefault = 2_000;

function addWait(command: Command, io: Io): void {
  command
    .command('wait <key>')
    .description(
      'until it is completed (exit code 0), was rolled back or aborted (11), or the time is over (12)',
    )
    .option('--stage <number>', 'until this stage runs, from 1', positive)
    .option('--for <seconds>', 'at most so long; default: for ever', seconds)
    .option('--every <seconds>', 'how often to look; default 2', seconds)
    .action(
      act<{ stage?: number; for?: number; every?: number }>(io, async (session, options, key = '') => {
        const client = one(session, key);
        const endMs = performance.now() + (options.for ?? Infinity) * 1_000;
        const everyMs = options.every === undefined ? lookMsDefault : options.every * 1_000;
        let status = await client.status();
        while (!isThere(status, options.stage) && performance.now() < endMs) {
          await pause(Math.min(everyMs, Math.max(1, endMs - performance.now())));
          status = await client.status();
        }
        session.print(status, () => statusLines(status));
        if (status.state === 'rolled_back' || status.state === 'aborted')
          throw new CliError(`the rollout was ${status.state.replace('_', ' ')}`, 'rolledBack');
        if (!isThere(status, options.stage)) throw new CliError('the time is over', 'waiting');
      }),
    );
}

const isThere = ({ state, stage }: RolloutStatus, wanted: number | undefined): boolean =>
  over.has(state) || (wanted !== undefined && stage >= wanted);

function addMetrics(command: Command, io: Io): void {
  command
    .command('update-metrics <key>')
    .description('tell numbers that rules of type "custom" judge')
    .requiredOption('--metric <name=value>', 'repeatable', collect)
    .action(
      act<{ metric: readonly string[] }>(io, async (session, { metric }, key = '') => {
        const unknown = await one(session, key).updateMetrics(Object.fromEntries(metric.map(readMetric)));
        session.print({ unknown }, () => unknown.map((name) => `no rule judges "${name}"`));
      }),
    );
}

function readMetric(text: string): [string, number] {
  const [, name, value] = /^(.+)=([-+.\deE]+)$/.exec(text) ?? [];
  if (name === undefined || !Number.isFinite(Number(value))) throw new CliError('--metric name=value');
  return [name, Number(value)];
}

interface SimulateFlags {
  readonly callsPerMinute: number;
  readonly errorRate?: number;
  readonly errorRatio?: number;
  readonly harmFromStage?: number;
  readonly histories?: number;
  readonly seed?: number;
}

function addSimulate(command: Command, io: Io): void {
  command
    .command('simulate <key>')
    .description('what would become of it on made-up traffic, many times over')
    .requiredOption('--calls-per-minute <count>', 'guarded calls of all units', positive)
    .option('--error-rate <share>', 'of the calls without the variant, e.g. 0.01', real)
    .option('--error-ratio <ratio>', 'how many times as many fail with it; 1 (default) is no harm', real)
    .option('--harm-from-stage <number>', 'from 1', positive)
    .option('--histories <count>', 'default 200, at most 1,000', positive)
    .option('--seed <number>', 'the same seed gives the same answer', positive)
    .action(
      act<SimulateFlags>(io, async (session, { histories, seed, ...scenario }, key = '') => {
        const result = await one(session, key).simulate(scenarioOf(scenario), {
          ...(histories === undefined ? {} : { histories }),
          ...(seed === undefined ? {} : { seed }),
        });
        const minutes = (value: number | undefined): string =>
          value === undefined ? '' : `, in the median after ${value.toFixed(0)} min`;
        session.print(result, () => [
          `${result.histories} histories:`,
          `  completed    ${result.completed}${minutes(result.medianMinutesToCompletion)}`,
          `  rolled back  ${result.rolledBack}${minutes(result.medianMinutesToRollback)}`,
          `  unfinished   ${result.unfinished}`,
          `calls with the variant in the mean: ${result.callsExposed.toFixed(0)}, ${result.errorsExposed.toFixed(1)} failed`,
        ]);
      }),
    );
}

const scenarioOf = (flags: SimulateFlags): RolloutScenario => ({
  callsPerMinute: flags.callsPerMinute,
  ...(flags.errorRate === undefined ? {} : { errorRate: flags.errorRate }),
  ...(flags.errorRatio === undefined ? {} : { errorRatio: flags.errorRatio }),
  ...(flags.harmFromStage === undefined ? {} : { harmFromStage: flags.harmFromStage }),
});

/** For people. */
function statusLines(status: RolloutStatus): readonly string[] {
  const { key, flagKey, variant, state, stage, stages, percentage, last, waiting, rules } = status;
  return [
    `${key}: "${variant}" of flag ${flagKey}`,
    `${state.replace('_', ' ')}, stage ${stage} of ${stages}, ${percentage} % of the units`,
    ...(stage === 0
      ? []
      : [`watched for ${status.watchedMinutes.toFixed(1)} min, ${status.calls} guarded calls with it`]),
    ...table(
      ['RULE', 'VERDICT', 'ACTION', 'WHAT IT SEES'],
      rules.map((rule) => [rule.id, rule.verdict, rule.action, rule.text]),
    ),
    ...waiting.map((reason) => `waits: ${reason}`),
    ...(last === undefined
      ? []
      : [
          `last: ${last.action.replace('_', ' ')} at ${last.at} by ${last.by}`,
          ...last.reasons.map((each) => `  ${each}`),
        ]),
  ];
}
