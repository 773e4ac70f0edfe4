// One thread of the benchmark of evolution: runs what it is handed, by name and seed.
import { parentPort } from 'node:worker_threads';
import { createRandom } from '@org/evolution';
import { policies, type RunResult } from './policies.ts';
import { surfaces } from './surfaces.ts';

/** Runs of one policy on one surface; seeds count on from the first. */
export interface Batch {
  readonly surface: string;
  readonly policy: string;
  readonly seed: number;
  readonly runs: number;
}

parentPort!.on('message', (batch: Batch) => {
  const surface = surfaces.find(({ name }) => name === batch.surface)!;
  const policy = policies[batch.policy]!;
  const results = Array.from({ length: batch.runs }, (_, index): RunResult => {
    const seed = batch.seed + index;
    // Every policy begins where the others do.
    return policy(surface, surface.configOf(createRandom(seed, 'start')), seed);
  });
  parentPort!.postMessage(results);
});
