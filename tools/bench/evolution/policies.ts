// Who is compared: the product's controller as it is, and what the original document says when it is read literally.
import { binomial, chanceOf, simulateEvolution, type Chance } from '@org/automation';
import type { Config, Evolution } from '@org/contract/model';
import { createCandidateCheck, effectiveConfig } from '@org/evaluator/config';
import {
  createEngine,
  createProposer,
  createRandom,
  readSpace,
  type Candidate,
  type Genome,
  type Space,
} from '@org/evolution';
import type { Surface } from './surfaces.ts';

/** What one run came to. */
export interface RunResult {
  readonly finalLift: number;
  readonly usersMeanLift: number;
  /** True effects of what was committed. */
  readonly commits: readonly number[];
  readonly lostConversions: number;
}

export const unitsPerDay = 20_000;
export const days = 180;

export type Policy = (surface: Surface, config: Config, seed: number) => RunResult;

const program = (surface: Surface, seed: number, more: Partial<Evolution> = {}): Evolution => ({
  config: 'surface',
  objective: { metric: 'conversion', effectMin: 0.01, delayHours: surface.delayDays === 0 ? 0 : 72 },
  budget: { trafficPercentage: 50, candidates: 4 },
  approvals: { structural: false },
  stages: {
    shadow: { hours: 6 },
    canary: { hours: 6, percentage: 1 },
    screening: { hours: 48 },
    confirmation: { hoursMin: 72, hoursMax: 24 * 24, percentage: 45 },
    holdback: { hours: 10 * 24, percentage: 5 },
  },
  ...more,
  seed,
});

const product =
  (more: Partial<Evolution>): Policy =>
  (surface, config, seed) => {
    const { finalLift, usersMeanLift, shipped, lostConversions } = simulateEvolution(
      program(surface, seed, more),
      config,
      {
        ...{ unitsPerDay, days, stepHours: 6, delayDays: surface.delayDays },
        rateOf: (genome, day) => surface.rateOf(genome, day),
      },
      chanceOf(seed),
    );
    return { finalLift, usersMeanLift, commits: shipped.map(({ lift }) => lift), lostConversions };
  };

/** z of the difference of two rates; undefined while there is none. */
function zOf(x: number, n: number, y: number, m: number): number | undefined {
  const all = (x + y) / (n + m);
  const error = Math.sqrt(all * (1 - all) * (1 / n + 1 / m));
  return error > 0 ? (x / n - y / m) / error : undefined;
}

const trialDaysMax = 14;

/** One mutation after the other, half of the units each, looked at every day until a bound is passed. */
const literal =
  (zMin: number): Policy =>
  (surface, config, seed) => {
    const world = literalWorld(config, seed);
    const chance = chanceOf(seed ^ 0x5a5a);
    const start = world.space.start;
    let live = start;
    const commits: number[] = [];
    let lifted = 0;
    let lost = 0;
    for (let day = 0; day < days;) {
      const candidate = world.mutate(live);
      const sums = { x: 0, n: 0, y: 0, m: 0 };
      for (let trialDay = 0; trialDay < trialDaysMax && day < days; trialDay++, day++) {
        const [own, base] = [surface.rateOf(candidate, day), surface.rateOf(live, day)];
        const half = unitsPerDay / 2;
        sums.n += half;
        sums.m += half;
        sums.x += drawn(chance, half, own, surface);
        sums.y += drawn(chance, half, base, surface);
        lost += Math.max(0, base - own) * half;
        lifted += (own + base) / 2 / surface.rateOf(start, day) - 1;
        const z = zOf(sums.x, sums.n, sums.y, sums.m) ?? 0;
        if (Math.abs(z) < zMin) continue;
        if (z > 0) {
          commits.push(own / base - 1);
          live = candidate;
        }
        day++;
        break;
      }
    }
    const finalLift = surface.rateOf(live, days) / surface.rateOf(start, days) - 1;
    return { finalLift, usersMeanLift: lifted / days, commits, lostConversions: lost };
  };

/** Conversions seen on the day: with a delay, those that came in at once. */
const drawn = (chance: Chance, units: number, rate: number, { delayDays }: Surface): number =>
  binomial(chance, units, delayDays === 0 ? rate : rate * -Math.expm1(-1 / delayDays));

function literalWorld(config: Config, seed: number): { readonly space: Space; mutate(live: Genome): Genome } {
  const effective = effectiveConfig('surface', () => ({ document: config, revision: 1 }));
  if ('problem' in effective) throw new Error(effective.detail);
  const { space } = readSpace(config, effective, undefined);
  const engine = createEngine(space);
  const checkConfig = createCandidateCheck(effective);
  const random = createRandom(seed, 'literal');
  const found = (live: Genome): Candidate | undefined => {
    const movesOfTier = (tier: Parameters<typeof engine.movesOfTier>[0]) => engine.movesOfTier(tier, []);
    const { suggest } = createProposer('strategy', {
      space,
      live,
      liveEffect: 0,
      observations: [],
      movesOfTier,
    });
    return engine.propose({ space, live, checkConfig }, { tried: new Set(), accepted: [] }, random, () => 0, {
      suggest,
    }).candidate;
  };
  return {
    space,
    mutate: (live) => (found(live) ?? found(live))?.genome ?? live,
  };
}

/** By name; the product's own first. */
export const policies: Readonly<Record<string, Policy>> = {
  product: product({}),
  'product, safe set': product({ safeMargin: 0.03, budget: { trafficPercentage: 12, candidates: 4 } }),
  'document, daily peeking': literal(1.96),
  '95 % to win': literal(1.645),
};
