// Clients under seeded faults on a virtual clock (docs/spec/guarantees.md 1-4). FLAGS_SIM_SEEDS sets how many seeds,
// FLAGS_SIM_FROM the first one: a failing seed is run again by FLAGS_SIM_FROM=<seed> FLAGS_SIM_SEEDS=1.
import { describe, expect, it } from 'vitest';
import { runSimulation } from './testing/simulation.ts';

const { env = {} } =
  (globalThis as { process?: { env: Readonly<Record<string, string | undefined>> } }).process ?? {};
const long = env['FLAGS_TEST_LONG'] === '1';
const seeds = Number(env['FLAGS_SIM_SEEDS'] ?? (long ? 1_000_000 : 10_000));
const from = Number(env['FLAGS_SIM_FROM'] ?? 0);
const parts = 10;

describe('clients under seeded faults', () => {
  for (let part = 0; part < parts; part += 1) {
    const first = from + Math.floor((seeds * part) / parts);
    const end = from + Math.floor((seeds * (part + 1)) / parts);
    it(`hold every invariant in the seeds ${first} to ${end}`, { timeout: 3_600_000 }, () => {
      for (let seed = first; seed < end; seed += 1) {
        const { violations } = runSimulation(seed);
        expect(violations, `seed ${seed}`).toEqual([]);
      }
    });
  }
});
