// Pages under seeded faults on a virtual clock, in the worlds of ../sync.simulation.test.ts. FLAGS_SIM_SEEDS and
// FLAGS_SIM_FROM as there.
import { describe, expect, it } from 'vitest';
import { runSimulation } from '../testing/simulation.ts';
import { createSimulatedStreamClient } from './testing/simulated-stream-client.ts';

const { env = {} } =
  (globalThis as { process?: { env: Readonly<Record<string, string | undefined>> } }).process ?? {};
const seeds = Number(env['FLAGS_SIM_SEEDS'] ?? (env['FLAGS_TEST_LONG'] === '1' ? 1_000_000 : 10_000));
const from = Number(env['FLAGS_SIM_FROM'] ?? 0);
const parts = 3;
/** A page whose attempts to connect vanish without an answer waits longer for the next one: up to 15 s, and 10 s between. */
const convergeWithinMs = 30_000;

describe('pages under seeded faults', () => {
  for (let part = 0; part < parts; part += 1) {
    const first = from + Math.floor((seeds * part) / parts);
    const end = from + Math.floor((seeds * (part + 1)) / parts);
    it(`hold every invariant in the seeds ${first} to ${end}`, { timeout: 3_600_000 }, () => {
      for (let seed = first; seed < end; seed += 1) {
        const { violations } = runSimulation(seed, undefined, createSimulatedStreamClient, convergeWithinMs);
        expect(violations, `seed ${seed}`).toEqual([]);
      }
    });
  }
});
