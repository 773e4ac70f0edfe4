// A thread of the validity benchmark: simulates chunks of runs that it is sent.
import { parentPort, workerData } from 'node:worker_threads';
import { takeBounds } from './methods.ts';
import type { Scenario } from './scenarios.ts';
import { simulate } from './simulate.ts';

/** A piece of work. */
export interface Chunk {
  readonly id: number;
  readonly scenario: Scenario;
  readonly runs: number;
  readonly seed: number;
}

takeBounds(workerData as ReadonlyMap<string, readonly number[]>);
parentPort?.on('message', ({ id, scenario, runs, seed }: Chunk) => {
  parentPort?.postMessage({ id, tallies: simulate(scenario, runs, seed, id) });
});
