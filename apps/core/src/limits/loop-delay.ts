// Measures how late the event loop is, the way CoDel measures a queue: the smallest delay of the last half second, so that
// one long task (a garbage collection, a large snapshot) is no overload and a standing queue is.
import type { Cancel, Runtime } from '../runtime.ts';

export interface LoopDelay {
  /** Milliseconds; 0 while the loop keeps up. */
  readonly ms: number;
  close(): void;
}

const sampleIntervalMs = 50;
const samples = 10;

/** Starts measuring; `close` ends it. */
export function measureLoopDelay(runtime: Runtime): LoopDelay {
  const delays = new Float64Array(samples);
  let next = 0;
  let expectedAt = runtime.monotonicMs() + sampleIntervalMs;
  let smallest = 0;
  const cancel: Cancel = runtime.every(sampleIntervalMs, () => {
    const now = runtime.monotonicMs();
    delays[next] = Math.max(0, now - expectedAt);
    next = (next + 1) % samples;
    expectedAt = now + sampleIntervalMs;
    smallest = Math.min(...delays);
  });
  return {
    get ms() {
      return smallest;
    },
    close: cancel,
  };
}
