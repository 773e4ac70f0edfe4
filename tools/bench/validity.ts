// `npm run bench:validity`: false positives of every automatic method under continuous peeking in A/A worlds, and power in worlds
// with an effect. Simulated, seeded: the same options give the same rows on any machine. With --json one object per line.
// Options: --runs=5000 per world, --seed=1, --threads=2, --only=<part of a world's name>
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { computeBounds } from './validity/methods.ts';
import { alpha, lookCounts, nullScenarios, powerScenarios, type Scenario } from './validity/scenarios.ts';
import type { Tally } from './validity/simulate.ts';
import type { Chunk } from './validity/worker.ts';

const runs = Number(option('runs') ?? 5000);
const seed = Number(option('seed') ?? 1);
const threads = Number(option('threads') ?? Math.min(4, availableParallelism()));
const isJson = process.argv.includes('--json');
const chunkRuns = 250;

const scenarios = [...nullScenarios, ...powerScenarios].filter(({ name }) =>
  name.includes(option('only') ?? ''),
);
const bounds = computeBounds(lookCounts);
const chunks = scenarios.flatMap((scenario) =>
  Array.from({ length: Math.ceil(runs / chunkRuns) }, (_, i) => ({
    scenario,
    runs: Math.min(chunkRuns, runs - i * chunkRuns),
  })),
);
const totals = new Map(scenarios.map((scenario) => [scenario.name, new Map<string, Tally>()]));
await Promise.all(shareOut(chunks.map((chunk, id) => ({ ...chunk, id, seed }))));
let excesses = 0;
for (const scenario of scenarios)
  for (const tally of totals.get(scenario.name)!.values()) print(scenario, tally);
if (excesses > 0) console.error(`${excesses} pairs exceed alpha by more than the simulation explains`);
process.exitCode = excesses > 0 ? 1 : 0;

function option(name: string): string | undefined {
  const prefix = `--${name}=`;
  return process.argv.find((argument) => argument.startsWith(prefix))?.slice(prefix.length);
}

/** Every thread takes the next chunk until none is left. */
function shareOut(waiting: Chunk[]): readonly Promise<void>[] {
  return Array.from({ length: threads }, () => {
    const worker = new Worker(new URL('./validity/worker.ts', import.meta.url), {
      workerData: bounds,
      execArgv: ['--conditions=@org/source'],
    });
    return new Promise<void>((resolve, reject) => {
      worker.on('error', reject);
      let current = hand();
      worker.on('message', ({ tallies }: { readonly tallies: readonly Tally[] }) => {
        add(current!.scenario, tallies);
        current = hand();
      });

      function hand(): Chunk | undefined {
        const chunk = waiting.shift();
        if (chunk === undefined) void worker.terminate().then(() => resolve());
        else worker.postMessage(chunk);
        return chunk;
      }
    });
  });
}

function add(scenario: Scenario, tallies: readonly Tally[]): void {
  const sums = totals.get(scenario.name)!;
  for (const tally of tallies) {
    const key = `${tally.looks} ${tally.method}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { ...tally });
    else {
      sum.runs += tally.runs;
      sum.rejected += tally.rejected;
      sum.silent += tally.silent;
    }
  }
}

function print(scenario: Scenario, { method, looks, runs: count, rejected, silent }: Tally): void {
  const rate = rejected / count;
  const isNull = scenario.effect === 0;
  // Three standard errors of a share of alpha: one pair in 740 exceeds it by chance.
  const limit = alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / count);
  const isExcess = isNull && method !== 'naive' && rate > limit;
  if (isExcess) excesses += 1;
  const name = `${scenario.name}, ${looks} looks`;
  if (isJson) {
    const measured = isNull ? { falsePositiveRate: rate } : { power: rate };
    console.log(
      JSON.stringify({
        bench: 'validity',
        method,
        scenario: name,
        ...measured,
        runs: count,
        neverEnoughEvents: silent / count,
      }),
    );
  } else {
    const percent = `${(100 * rate).toFixed(2)} %`;
    const note =
      method === 'naive'
        ? '  (a warning)'
        : isExcess
          ? '  TOO HIGH'
          : silent === count
            ? '  (never enough events)'
            : '';
    console.log(`${name.padEnd(72)} ${method.padEnd(26)} ${percent.padStart(9)}${note}`);
  }
}
