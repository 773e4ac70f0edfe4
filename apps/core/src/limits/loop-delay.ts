// Measures how late the event loop is, the way CoDel measures a queue: the smallest delay of the last half second, so that
// one long task (a garbage collection, a large snapshot) is no overload and a standing queue is.
import type { Cancel, Runtime } from '../runtime.ts';

export interface LoopDelay {
  /** Milliseconds; 0 while the loop keeps up. */
  readonly ms: number;
  /** How late the turn before this one made the loop, milliseconds. */
  readonly lastMs: number;
  /**
   * What this turn of the loop has spent on calls that were looked at before. One turn takes all that has come meanwhile,
   * so it must not wait for the next measurement. Time that other processes took is nobody's work.
   */
  turnMs(): number;
  close(): void;
}

const sampleIntervalMs = 50;
const windowMs = 500;
/** As many samples count however old they are: where each turn of the loop takes long, there are few. */
const samplesMin = 4;
const samplesMax = windowMs / sampleIntervalMs;

/** Asking for CPU time costs more than it is worth before. */
const shortTurnMs = 10;

/** Starts measuring; `close` ends it. `cpuMs`: CPU time of this thread. */
export function measureLoopDelay(runtime: Runtime, cpuMs: () => number = threadCpuMs): LoopDelay {
  const samples: { readonly atMs: number; readonly delayMs: number }[] = [];
  let expectedAtMs = runtime.monotonicMs() + sampleIntervalMs;
  let smallestMs = 0;
  let firstLookMs: number | undefined;
  let cpuAtTickMs = cpuMs();
  const cancel: Cancel = runtime.every(sampleIntervalMs, () => {
    const atMs = runtime.monotonicMs();
    samples.push({ atMs, delayMs: Math.max(0, atMs - expectedAtMs) });
    expectedAtMs = atMs + sampleIntervalMs;
    firstLookMs = undefined;
    cpuAtTickMs = cpuMs();
    while (samples.length > samplesMax || isPast(samples, atMs)) samples.shift();
    smallestMs = samples.length < samplesMin ? 0 : Math.min(...samples.map(({ delayMs }) => delayMs));
  });
  return {
    get ms() {
      return smallestMs;
    },
    get lastMs() {
      return samples.at(-1)?.delayMs ?? 0;
    },
    turnMs() {
      const nowMs = runtime.monotonicMs();
      firstLookMs ??= nowMs;
      const turnMs = Math.max(0, nowMs - Math.max(firstLookMs, expectedAtMs));
      return turnMs < shortTurnMs ? turnMs : Math.min(turnMs, cpuMs() - cpuAtTickMs);
    },
    close: cancel,
  };
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function isPast(samples: readonly { readonly atMs: number }[], nowMs: number): boolean {
  return samples.length > samplesMin && samples[0]!.atMs < nowMs - windowMs;
}
