// The model: a Gaussian process over everything observed; what it expects to improve most among many candidates is tried next.
// With a safe margin only what it is sure of is. Pure.
import { unchanged, withEdits, type Candidate } from '../engine/candidate.ts';
import type { Genome } from '../space/gene.ts';
import type { WeightedMove } from '../operators/catalogue.ts';
import { replacing, type Tier } from '../operators/move.ts';
import type { Random } from '../random.ts';
import { encode } from './encode.ts';
import {
  expectedImprovement,
  fitGaussianProcess,
  type GaussianProcess,
  type Prediction,
  type Tracked,
} from './gaussian-process.ts';
import type { Observation } from './observation.ts';
import type { Proposer, ProposerContext } from './proposer.ts';
import { anywhere, wandered } from './random.ts';
import { evolutionLimits } from '../limits.ts';

const poolNear = 90;
const poolAnywhere = 60;
/** The best genomes that candidates are made of, beside the live one. */
const parentsMax = 4;
/** Of so many that looked best. */
const parentsAsked = 16;
/** Deviations below the mean that the safe filter asks about. */
const safeDeviations = 1;

/** The model of what was observed. */
export function fitModel({ space, observations }: Pick<ProposerContext, 'space' | 'observations'>): {
  readonly process: GaussianProcess;
  predict(genome: Genome): Prediction;
} {
  const process = fitGaussianProcess(
    newest(observations).map(({ genome, effect, variance }) => ({
      point: encode(space, genome),
      effect,
      variance,
    })),
  );
  return { process, predict: (genome) => process.predict(encode(space, genome)) };
}

/** The newest and the best, where there are too many. */
function newest(observations: readonly Observation[]): readonly Observation[] {
  const most = evolutionLimits.observationsMax;
  if (observations.length <= most) return observations;
  const old = observations.slice(0, -most / 2).toSorted((a, b) => b.effect - a.effect);
  return [...old.slice(0, most / 2), ...observations.slice(-most / 2)];
}

/** Proposes by expected improvement. Needs observations. */
export function createModel(context: ProposerContext): Proposer {
  const { space, live, liveEffect, observations, safeMargin } = context;
  const { process, predict } = fitModel(context);
  const parents = [
    live,
    ...observations
      .toSorted((a, b) => b.effect - a.effect)
      .slice(0, parentsAsked)
      .map(({ genome }) => ({ genome, mean: predict(genome).mean }))
      .toSorted((a, b) => b.mean - a.mean)
      .slice(0, parentsMax)
      .map(({ genome }) => genome),
  ];
  let best = Math.max(liveEffect, predict(live).mean, predict(parents[1] ?? live).mean);
  const pools = new Map<Tier, Pool>();
  const floor = safeMargin === undefined ? -Infinity : liveEffect - safeMargin;
  return {
    suggest(tier, moves, random) {
      const pool = pools.get(tier) ?? createPool(tier, moves, random);
      pools.set(tier, pool);
      return pool.take(best, floor);
    },
    took({ genome }) {
      const { mean } = predict(genome);
      // As if it had turned out as expected: what is near it is worth less now.
      process.add({ point: encode(space, genome), effect: mean, variance: 1e-6 });
      best = Math.max(best, mean);
    },
  };

  function createPool(tier: Tier, moves: readonly WeightedMove[], random: Random): Pool {
    const candidates: Candidate[] = [];
    const keep = (candidate: Candidate | undefined): void => {
      if (candidate !== undefined) candidates.push(candidate);
    };
    for (let i = 0; i < poolNear; i++) keep(fromLive(parents[i % parents.length]!, tier, moves, random));
    const far = safeMargin === undefined && tier === 'parametric' ? poolAnywhere : 0;
    for (let i = 0; i < far; i++) keep(anywhere(space, live, moves, random));
    return poolOf(candidates, process.track(candidates.map(({ genome }) => encode(space, genome))));
  }

  /** A wandered version, told as a change of the live one. */
  function fromLive(
    parent: Genome,
    tier: Tier,
    moves: readonly WeightedMove[],
    random: Random,
  ): Candidate | undefined {
    const candidate = wandered(parent, tier, moves, random);
    return candidate === undefined || parent === live ? candidate : retold(context, parent, candidate);
  }
}

interface Pool {
  /** The most promising one that is left. */
  take(best: number, floor: number): Candidate | undefined;
}

function poolOf(candidates: readonly Candidate[], tracked: readonly Tracked[]): Pool {
  const left = new Set(candidates.keys());
  return {
    take(best, floor) {
      let chosen: number | undefined;
      let most = -Infinity;
      for (const index of left) {
        const prediction = tracked[index]!;
        const lower = prediction.mean - safeDeviations * Math.sqrt(prediction.variance);
        // Where nothing is safe, what is nearest to it.
        const worth =
          lower >= floor ? expectedImprovement(prediction, best) : -1 - Math.min(1e6, floor - lower);
        if (worth > most) [chosen, most] = [index, worth];
      }
      if (chosen === undefined) return undefined;
      left.delete(chosen);
      return candidates[chosen];
    },
  };
}

/** What leads from the live version to a candidate that was made of another one. */
function retold(
  { space, live }: ProposerContext,
  parent: Genome,
  candidate: Candidate,
): Candidate | undefined {
  const edits = space.genes
    .filter(({ id }) => JSON.stringify(candidate.genome[id]) !== JSON.stringify(live[id]))
    .map((gene) =>
      replacing(gene, live[gene.id]!, candidate.genome[gene.id]!, `as in a version tried before`),
    );
  if (edits.length === 0) return undefined;
  const told = withEdits(
    unchanged(live),
    { ...candidate.mutations[0]!, genes: edits.map(({ gene }) => gene) },
    edits,
  );
  return { ...told, mutations: candidate.mutations, genome: { ...parent, ...candidate.genome } };
}
