// Runs a job again and again: when kicked, and after a failure with growing, jittered pauses, for ever. Never twice at
// the same time; a kick while it runs makes it run once more.
import type { Runtime } from '../domain/ports.ts';

/** Full jitter below a bound that doubles with each failure; no budget: background work never gives up. */
const retryMs = { min: 200, max: 5_000 } as const;

export interface Worker {
  kick(): void;
  /** Ends it; resolves when the job no longer runs. */
  close(): Promise<void>;
}

/** Makes a worker that waits for its first kick. `onFailure` hears of every rejection of the job. */
export function createWorker(
  runtime: Runtime,
  job: () => Promise<void>,
  onFailure: (error: unknown) => void,
): Worker {
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;
  let failures = 0;
  let cancelRetry = (): void => undefined;

  const run = async (): Promise<void> => {
    do {
      again = false;
      try {
        await job();
        failures = 0;
      } catch (error) {
        failures += 1;
        onFailure(error);
        cancelRetry();
        const bound = Math.min(retryMs.max, retryMs.min * 2 ** Math.min(failures, 10));
        cancelRetry = runtime.after(retryMs.min + runtime.random() * bound, kick);
        return;
      }
    } while (again && !closed);
  };
  const kick = (): void => {
    if (closed) return;
    again = true;
    running ??= run().finally(() => {
      running = undefined;
    });
  };
  return {
    kick,
    async close() {
      closed = true;
      cancelRetry();
      await running;
    },
  };
}
