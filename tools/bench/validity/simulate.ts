// Runs many experiments of one world and counts, per method and number of looks, how many were ever rejected.
import { methodsFor } from './methods.ts';
import { createPath } from './paths.ts';
import { createRandom } from './random.ts';
import { increments, lookEnds, type Scenario } from './scenarios.ts';

/** Counts of one method at one number of looks. */
export interface Tally {
  readonly method: string;
  readonly looks: number;
  runs: number;
  rejected: number;
  /** Runs in which the method never had enough events. */
  silent: number;
}

/** Simulates `runs` experiments; the seed and the stream number determine all of them. */
export function simulate(scenario: Scenario, runs: number, seed: number, stream: number): readonly Tally[] {
  const random = createRandom(seed, stream);
  const methods = methodsFor(scenario);
  const plans = scenario.looks.map((looks) => ({ looks, ends: lookEnds(looks) }));
  const tallies = plans.flatMap(({ looks }) =>
    methods.map(({ name }): Tally => ({ method: name, looks, runs, rejected: 0, silent: 0 })),
  );
  for (let run = 0; run < runs; run++) {
    const path = createPath(scenario, random);
    const monitors = plans.flatMap(({ looks, ends }) =>
      methods.map((method) => ({
        ends,
        next: 0,
        isOver: false,
        isSilent: true,
        monitor: method.start(scenario, looks),
      })),
    );
    for (let end = 1; end <= increments; end++) {
      path.advance();
      for (const one of monitors) {
        if (one.isOver || one.ends[one.next] !== end) continue;
        const verdict = one.monitor.look(path, one.next);
        one.next += 1;
        if (verdict !== 'not enough') one.isSilent = false;
        if (verdict === 'reject') one.isOver = true;
      }
    }
    monitors.forEach(({ isOver, isSilent }, i) => {
      if (isOver) tallies[i]!.rejected += 1;
      if (isSilent) tallies[i]!.silent += 1;
    });
  }
  return tallies;
}
