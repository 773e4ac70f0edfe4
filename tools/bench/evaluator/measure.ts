// Measures a loop: nanoseconds and bytes allocated per operation. Of many short samples the lowest decile counts: on a shared
// machine the others measure the neighbours. Garbage collections fall into those others, so their time is added.
import { PerformanceObserver } from 'node:perf_hooks';

/** Runs so many operations. */
export type Loop = (count: number) => void | Promise<void>;

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
  const count = Math.max(1, Math.round(perMs * sampleMs));
  const samples: number[] = [];
  const collections = watchCollections();
  for (let sample = 0; sample < samplesCount; sample++) {
    const start = performance.now();
    await loop(count);
    samples.push(((performance.now() - start) * 1e6) / count);
  }
  const collectionNs = (await collections()) / (count * samplesCount);
  return { nsPerOp: quantile(samples, 0.1) + collectionNs, bytesPerOp: await measureBytes(loop, perMs) };
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

/** Operations per millisecond once everything is compiled. */
async function warmUp(loop: Loop): Promise<number> {
  const end = performance.now() + warmUpMs;
  let count = 64;
  let perMs = 0;
  for (let start = performance.now(); start < end; start = performance.now()) {
    await loop(count);
    const ms = Math.max(0.001, performance.now() - start);
    perMs = count / ms;
    if (ms < sampleMs) count *= 2;
  }
  return perMs;
}

async function measureBytes(loop: Loop, perMs: number): Promise<number> {
  const found: number[] = [];
  let count = Math.min(1_000_000, Math.max(1_000, Math.round(perMs * 5)));
  for (let sample = 0; sample < 15; sample++) {
    globalThis.gc!();
    const before = process.memoryUsage().heapUsed;
    await loop(count);
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
