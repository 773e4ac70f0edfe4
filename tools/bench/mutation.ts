// `npm run bench:mutation`: proposals a minute on one core through the whole validation pipeline, over the configuration of the
// exit-strategy guide; the share of them that is valid within the retries; growth of the heap. Proposals are checked against
// candidates tried before. With --json one object. Options: --seconds=5, --seed=1
import { alarmsOf, counted, createEngine, createRandom, noStatistics } from '@org/evolution';
import { exitStrategy, pipelineOf } from '@org/evolution/testing';

const seconds = Number(option('seconds') ?? 5);
const seed = Number(option('seed') ?? 1);
const isJson = process.argv.includes('--json');
/** As many as a long program tries. */
const triedCount = 500;
const warmUp = 20_000;
const perMinuteLeast = 600_000;
const validLeast = 0.99;
const heapBytesMost = 10_000_000;

// The guide's own market: what conditions and formulas are evaluated for.
const contexts = [
  { targetingKey: 'calm', volatility: 0.1, volume: 5_000, session: 'day', drawdown: 0.01, capital: 2_000 },
  { targetingKey: 'wild', volatility: 0.8, volume: 500, session: 'night', drawdown: 0.06, capital: 300 },
];
const pipeline = pipelineOf(exitStrategy, contexts);
const engine = createEngine(pipeline.space);
const random = createRandom(seed, 'bench');
const tried = new Set<string>();
const clock = (): number => performance.now();
while (tried.size < triedCount) {
  const attempt = engine.propose(pipeline, { tried, accepted: [] }, random, clock);
  if (attempt.candidate !== undefined) tried.add(attempt.id);
}

let statistics = noStatistics;
run(warmUp);
statistics = noStatistics;
const heapBefore = heapBytes();
const start = process.cpuUsage();
const startMs = performance.now();
while (performance.now() - startMs < seconds * 1000) run(1_000);
// On one core: what other processes take of it is not counted, what the garbage collector's threads take is.
const { user, system } = process.cpuUsage(start);
const elapsedMs = (user + system) / 1000;
const heapMb = (heapBytes() - heapBefore) / 1e6;
const perMinute = Math.round((statistics.attempts / elapsedMs) * 60_000);
const validShare = statistics.successes / statistics.attempts;
const row = { bench: 'mutation', subject: 'exit-strategy', perMinute, validShare, heapMb };
if (isJson) console.log(JSON.stringify(row));
else
  console.log(
    `${perMinute.toLocaleString('en')} proposals a minute, ${(100 * validShare).toFixed(2)} % valid, heap ${heapMb.toFixed(1)} MB, ` +
      `${statistics.rejected} turned down on the way`,
  );
const missed = [
  ...(perMinute >= perMinuteLeast ? [] : [`${perMinuteLeast} proposals a minute`]),
  ...(validShare >= validLeast ? [] : [`${100 * validLeast} % valid`]),
  ...(heapMb * 1e6 <= heapBytesMost ? [] : ['heap growth of at most 10 MB']),
  ...alarmsOf(statistics, engine.shares).map(({ message }) => message),
];
for (const goal of missed) console.error(`Goal missed: ${goal}`);
process.exitCode = missed.length > 0 ? 1 : 0;

function run(count: number): void {
  for (let i = 0; i < count; i++) {
    const { outcome } = engine.propose(pipeline, { tried, accepted: [] }, random, clock);
    statistics = counted(statistics, outcome);
  }
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function option(name: string): string | undefined {
  const prefix = `--${name}=`;
  return process.argv.find((argument) => argument.startsWith(prefix))?.slice(prefix.length);
}
