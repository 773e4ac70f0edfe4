// `npm run bench:evolution`: what the product's own controller and proposers ship on surfaces that are known, 180 days of 20,000
// units a day, beside the original document read literally. Simulated, seeded: the same options give the same rows.
// Options: --runs=100 (1,000 in the long form), --seed=1, --threads=2, --only=<part of a surface's name>, --json
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { clopperPearsonInterval } from '@org/stats';
import { policies, type RunResult } from './evolution/policies.ts';
import { surfaces } from './evolution/surfaces.ts';
import type { Batch } from './evolution/worker.ts';

const runs = Number(option('runs') ?? 100);
const seed = Number(option('seed') ?? 1);
const threads = Number(option('threads') ?? Math.min(4, availableParallelism()));
const isJson = process.argv.includes('--json');
const isLong = runs >= 1000;
const batchRuns = 5;
const safePolicy = 'product, safe set';

interface Row {
  readonly surface: string;
  readonly policy: string;
  readonly runs: number;
  readonly finalLift: number;
  readonly usersMeanLift: number;
  /** Share of runs that ever committed a change whose true effect is none or worse. */
  readonly anyFalseCommit: number;
  readonly falseCommitUpper95: number;
  readonly lostConversions: number;
  readonly worstShippedRegression: number;
}

const asked = surfaces
  .filter(({ name }) => name.includes(option('only') ?? ''))
  .flatMap(({ name }) =>
    Object.keys(policies)
      // The safe set has a goal on one surface; it costs as much time as the rest.
      .filter((policy) => policy !== safePolicy || name === 'hartmann6')
      .map((policy) => ({ surface: name, policy })),
  );
const waiting: Batch[] = asked.flatMap((each) =>
  Array.from({ length: Math.ceil(runs / batchRuns) }, (_, i) => ({
    ...each,
    seed: seed * 1_000_000 + i * batchRuns,
    runs: Math.min(batchRuns, runs - i * batchRuns),
  })),
);
const results = new Map<string, RunResult[]>(asked.map((each) => [nameOf(each), []]));
await Promise.all(Array.from({ length: threads }, work));
const rows = asked.map((each) => rowOf(each, results.get(nameOf(each))!));
for (const row of rows) print(row);
const missed = goals(rows);
for (const goal of missed) console.error(`Goal missed: ${goal}`);
process.exitCode = missed.length > 0 ? 1 : 0;

function option(name: string): string | undefined {
  const prefix = `--${name}=`;
  return process.argv.find((argument) => argument.startsWith(prefix))?.slice(prefix.length);
}

function nameOf({ surface, policy }: Pick<Row, 'surface' | 'policy'>): string {
  return `${surface}\n${policy}`;
}

/** A thread takes the next batch until none is left. */
function work(): Promise<void> {
  const worker = new Worker(new URL('./evolution/worker.ts', import.meta.url), {
    execArgv: ['--conditions=@org/source'],
  });
  return new Promise<void>((resolve, reject) => {
    worker.on('error', reject);
    let current = hand();
    worker.on('message', (found: readonly RunResult[]) => {
      results.get(nameOf(current!))!.push(...found);
      current = hand();
    });

    function hand(): Batch | undefined {
      const batch = waiting.shift();
      if (batch === undefined) void worker.terminate().then(() => resolve());
      else worker.postMessage(batch);
      return batch;
    }
  });
}

function rowOf(each: Pick<Row, 'surface' | 'policy'>, found: readonly RunResult[]): Row {
  const mean = (of: (result: RunResult) => number): number =>
    found.reduce((sum, result) => sum + of(result), 0) / found.length;
  const isFalse = ({ commits }: RunResult): boolean => commits.some((lift) => lift <= 0);
  const wrong = found.filter(isFalse).length;
  // One-sided 95 %: the upper end of the two-sided interval at 90 %.
  const upper = clopperPearsonInterval({ successes: wrong, trials: found.length }, 0.9).upper;
  return {
    ...each,
    runs: found.length,
    finalLift: mean(({ finalLift }) => finalLift),
    usersMeanLift: mean(({ usersMeanLift }) => usersMeanLift),
    anyFalseCommit: wrong / found.length,
    falseCommitUpper95: upper,
    lostConversions: mean(({ lostConversions }) => lostConversions),
    worstShippedRegression: Math.min(0, ...found.flatMap(({ commits }) => commits)),
  };
}

function print(row: Row): void {
  if (isJson) return console.log(JSON.stringify({ bench: 'evolution', ...row }));
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  console.log(
    [
      row.surface.padEnd(10),
      row.policy.padEnd(24),
      `final ${percent(row.finalLift).padStart(7)}`,
      `users ${percent(row.usersMeanLift).padStart(7)}`,
      `any false commit ${percent(row.anyFalseCommit).padStart(7)} (at most ${percent(row.falseCommitUpper95)})`,
      `lost ${row.lostConversions.toFixed(0).padStart(6)}`,
      `worst ${percent(row.worstShippedRegression)}`,
    ].join('  '),
  );
}

function goals(all: readonly Row[]): readonly string[] {
  const find = (surface: string, policy = 'product'): Row | undefined =>
    all.find((row) => row.surface === surface && row.policy === policy);
  const missed: string[] = [];
  const demand = (isMet: boolean, goal: string): void => {
    if (!isMet) missed.push(goal);
  };
  for (const { name, isDrifting } of surfaces) {
    const row = find(name);
    if (row === undefined || isDrifting) continue;
    demand(row.anyFalseCommit <= 0.05, `${name}: any false commit in at most 5 % of programs`);
    if (isLong) demand(row.falseCommitUpper95 <= 0.05, `${name}: with its upper bound`);
  }
  const lift = (surface: string, least: number): void => {
    const row = find(surface);
    if (row !== undefined)
      demand(row.finalLift >= least, `${surface}: final lift of at least ${100 * least} %`);
  };
  lift('hartmann6', 0.25);
  lift('branin', 0.17);
  for (const name of ['mixed', 'delayed']) {
    const [own, document] = [find(name), find(name, 'document, daily peeking')];
    if (own !== undefined && document !== undefined)
      demand(own.finalLift >= 3 * document.finalLift, `${name}: three times the document's lift`);
  }
  const [safe, whole] = [find('hartmann6', safePolicy), find('hartmann6')];
  if (safe !== undefined && whole !== undefined) {
    demand(safe.finalLift >= 0.12, 'safe set: final lift of at least 12 %');
    demand(safe.lostConversions <= whole.lostConversions / 4, 'safe set: a quarter of the lost conversions');
  }
  return missed;
}
