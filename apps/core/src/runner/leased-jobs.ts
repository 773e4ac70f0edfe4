// Runs the jobs of which an installation has one each: by the core that holds the lease "runner", each at its own interval.
// A job that fails is tried again; one job never waits for another.
import type { Logger, Runtime } from '../domain/ports.ts';
import type { DatabaseClock, Lease } from '../store/lease-store.ts';
import type { SqlDriver } from '../store/sql-driver.ts';
import { keepLease } from './lease-keeper.ts';
import { createWorker } from './worker.ts';

/** Work of the one core that holds the lease; fences what it writes by it. */
export interface LeasedJob {
  /** For the log. */
  readonly name: string;
  readonly intervalMs: number;
  look(lease: Lease): Promise<void>;
  /** Given a way to be looked at earlier; answers with what ends that. */
  wake?(kick: () => void): () => void;
}

export interface RunnerOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly holder: string;
}

export interface Runner {
  readonly isLeader: boolean;
  close(): Promise<void>;
}

/** Starts the jobs as soon as the lease is taken. */
export function startRunner(options: RunnerOptions, jobs: readonly LeasedJob[]): Runner {
  const { runtime, logger } = options;
  const workers = jobs.map(({ name, look }) =>
    createWorker(
      runtime,
      async () => {
        const lease = leadership.current();
        if (lease !== undefined) await look(lease);
      },
      (error) => logger.warn({ err: error, job: name }, 'A job of the runner failed; trying again.'),
    ),
  );
  const onTaken = (): void => workers.forEach(({ kick }) => kick());
  const leadership = keepLease({ ...options, name: 'runner', onTaken });
  const cancels = [
    ...jobs.map(({ intervalMs }, index) => runtime.every(intervalMs, workers[index]!.kick)),
    ...jobs.flatMap((job, index) => job.wake?.(workers[index]!.kick) ?? []),
  ];
  return {
    get isLeader() {
      return leadership.current() !== undefined;
    },
    async close() {
      for (const cancel of cancels) cancel();
      await Promise.all(workers.map((worker) => worker.close()));
      await leadership.close();
    },
  };
}
