// Measures a loop: nanoseconds and bytes allocated per operation. Of many short samples the lowest decile counts: on a shared
// machine the others measure the neighbours. Garbage collections fall into those others, so their time is added.
import { PerformanceObserver } from 'node:perf_hooks';

/** Runs so many operations. */
export type Run = (count: number) => void | Promise<void>;

/** What is measured. Where it comes in batches, each is prepared first, and only `run` is timed. */
export interface Loop {
  readonly run: Run;
  readonly batch?: { readonly size: number; readonly prepare: () => void };
}

export interface Measurement {
  readonly nsPerOp: number;
  readonly bytesPerOp: number;
}

const warmUpMs = 500;
const sampleMs = 1;
const samplesCount = 300;
/** Half of the young generation the processes are started with: nothing is collected while bytes are counted. */
const countedBytesMax = 8 * 1024 * 1024;
/** What asking for the size of the heap allocates, at most. */
const askingBytes = 1_000;

/** Needs --expose-gc. */
export async function measure(loop: Loop): Promise<Measurement> {
  const perMs = await warmUp(loop);
  const count = inBatches(loop, perMs * sampleMs);
  const samples: number[] = [];
  const collections = watchCollections();
  for (let sample = 0; sample < samplesCount; sample++) samples.push(await nsPerOp(loop, count));
  const collectionNs = (await collections()) / (count * samplesCount);
  return { nsPerOp: quantile(samples, 0.1) + collectionNs, bytesPerOp: await measureBytes(loop, perMs) };
}

/** About so many operations, as whole batches where there are any. */
function inBatches({ batch }: Loop, count: number): number {
  const size = batch?.size ?? 1;
  return size * Math.max(1, Math.round(count / size));
}

/** Runs so many operations. */
async function nsPerOp({ run, batch }: Loop, count: number): Promise<number> {
  const size = batch?.size ?? count;
  let ms = 0;
  for (let done = 0; done < count; done += size) {
    batch?.prepare();
    const start = performance.now();
    const running = run(size);
    // Waiting for nothing would count as time of those that answer at once.
    if (running !== undefined) await running;
    ms += performance.now() - start;
  }
  return (ms * 1e6) / count;
}

/** As `nsPerOp`. Reading the clock allocates. */
async function runUntimed({ run, batch }: Loop, count: number): Promise<void> {
  const size = batch?.size ?? count;
  for (let done = 0; done < count; done += size) {
    batch?.prepare();
    const running = run(size);
    if (running !== undefined) await running;
  }
}

/** Answers how many nanoseconds the collections took since: their number by the median, because neighbours disturb them, too. */
function watchCollections(): () => Promise<number> {
  const durations: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) durations.push(duration);
  });
  observer.observe({ entryTypes: ['gc'] });
  return async () => {
    // Entries arrive with a later turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 50));
    observer.disconnect();
    return durations.length === 0 ? 0 : durations.length * median(durations) * 1e6;
  };
}

/** Operations per millisecond once everything is compiled: the most that were seen, because neighbours only take time. */
async function warmUp(loop: Loop): Promise<number> {
  const end = performance.now() + warmUpMs;
  let count = inBatches(loop, 64);
  let perMs = 0;
  while (performance.now() < end) {
    perMs = Math.max(perMs, 1e6 / Math.max(0.001, await nsPerOp(loop, count)));
    if (count < perMs * sampleMs) count = inBatches(loop, count * 2);
  }
  return perMs;
}

async function measureBytes(loop: Loop, perMs: number): Promise<number> {
  const found: number[] = [];
  let count = Math.min(1_000_000, Math.max(1_000, Math.round(perMs * 5)));
  for (let sample = 0; sample < 15; sample++) {
    globalThis.gc!();
    const before = process.memoryUsage().heapUsed;
    await runUntimed(loop, count);
    const bytes = process.memoryUsage().heapUsed - before;
    if (bytes > countedBytesMax || bytes < 0) count = Math.max(100, Math.round(count / 4));
    else found.push(Math.max(0, bytes - askingBytes) / count);
  }
  // Less than a tenth of a byte is the loop's own call, not an operation's.
  const bytesPerOp = median(found);
  return bytesPerOp < 0.1 ? 0 : Math.round(bytesPerOp * 10) / 10;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}
