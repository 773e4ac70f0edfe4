// `npm run bench:rollouts`: how many users a harmful variant reaches before it is taken back, by the controller's rule (counts, an
// e-process) and by a fixed threshold on the error rate as peers offer it. Both are tuned, for each scenario, on histories without
// harm to the same share of false roll-backs, 4 %; of the threshold rules the one that does best is reported. Both see the
// same calls. `--json` prints one object a line; `--histories` of each sort (at least 500); `--seed`.
import { parseArgs } from 'node:util';
import { chanceOf, medianOf } from '@org/automation';
import {
  drawHistory,
  lookMinutes,
  thresholdRules,
  type History,
  type Statistic,
} from './rollouts/history.ts';
import { scenarios, type Scenario } from './rollouts/scenarios.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    histories: { type: 'string', default: '500' },
    seed: { type: 'string', default: '20261120' },
  },
});
/** What both are tuned to: below the 5 % that are allowed, since tuning is by chance, too. */
const falseRate = 0.04;
const histories = Number(values.histories);
/** Of histories without harm, for tuning and for the rate that is reported. */
const harmless = { tuning: 4 * histories, fresh: 2 * histories };

for (const [index, scenario] of scenarios.entries()) measure(scenario, Number(values.seed) + 1_000 * index);

function measure(scenario: Scenario, seed: number): void {
  const tuning = worstOf(scenario, seed, harmless.tuning);
  const fresh = worstOf(scenario, seed + 1, harmless.fresh);
  const chance = chanceOf(seed + 2);
  const harmful = Array.from({ length: histories }, () => drawHistory(scenario, scenario.ratio, chance));
  const judged = (subject: string, at: number, tuned: string) => {
    const bound = boundOf(tuning.map((worst) => worst[at]!));
    const wrong = fresh.filter((worst) => worst[at]! > bound).length / fresh.length;
    const found = outcome(harmful, (history) => statisticsOf(history)[at]!, bound);
    return { subject, tuned: `${tuned} ${bound.toPrecision(3)}`, ...found, falseRollbackRate: wrong };
  };
  const ours = judged('ours', 0, 'log e >');
  const peers = thresholdRules.map(({ windowMinutes, checks }, at) =>
    judged('threshold', at + 1, `rate in ${windowMinutes} min, ${checks} checks, >`),
  );
  const best = peers.toSorted((a, b) => a.usersExposed - b.usersExposed)[0]!;
  for (const { subject, ...line } of [ours, best]) {
    const all = { bench: 'rollouts', subject, scenario: scenario.name, histories, ...line };
    console.log(values.json ? JSON.stringify(all) : text(all));
  }
  const isHarmful = scenario.ratio > 1;
  if (isHarmful && ours.usersExposed >= best.usersExposed) process.exitCode = 1;
}

function statisticsOf({ ours, threshold }: History): readonly Statistic[] {
  return [ours, ...threshold];
}

/** The worst that each rule ever saw in histories without harm. */
function worstOf(scenario: Scenario, seed: number, count: number): readonly (readonly number[])[] {
  const chance = chanceOf(seed);
  return Array.from({ length: count }, () =>
    statisticsOf(drawHistory(scenario, 1, chance)).map((each) =>
      each.reduce((a, b) => Math.max(a, b), -Infinity),
    ),
  );
}

/** The bound that the share of the histories without harm exceeds which both are tuned to. */
function boundOf(worst: readonly number[]): number {
  return worst.toSorted((a, b) => b - a)[Math.floor(falseRate * worst.length)]!;
}

function firstAbove(statistic: Statistic, bound: number): number {
  return statistic.findIndex((value) => value > bound);
}

function outcome(drawn: readonly History[], of: (history: History) => Statistic, bound: number) {
  const found = drawn.map((history) => ({ history, look: firstAbove(of(history), bound) }));
  const minutes = found.flatMap(({ look }) => (look < 0 ? [] : [(look + 1) * lookMinutes]));
  const users = found.map(({ history, look }) => history.exposed.at(look < 0 ? -1 : look)!);
  return {
    detected: minutes.length / drawn.length,
    medianMinutesToRollback: rounded(medianOf(minutes)),
    usersExposed: Math.round(users.reduce((sum, count) => sum + count, 0) / users.length),
  };
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 10) / 10;
}

function text(line: {
  readonly subject: string;
  readonly scenario: string;
  readonly detected: number;
  readonly medianMinutesToRollback: number | undefined;
  readonly usersExposed: number;
  readonly falseRollbackRate: number;
}): string {
  const {
    subject,
    scenario,
    detected,
    medianMinutesToRollback: minutes,
    usersExposed,
    falseRollbackRate,
  } = line;
  const found = `${(100 * detected).toFixed(1)} % found`.padStart(13);
  const after = minutes === undefined ? '' : `, median ${String(minutes)} min`;
  const users = String(usersExposed).padStart(8);
  const wrong = `${(100 * falseRollbackRate).toFixed(1)} % false`;
  return `${scenario.padEnd(42)} ${subject.padEnd(10)} ${users} users, ${wrong}, ${found}${after}`;
}
