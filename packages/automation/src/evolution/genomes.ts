// A program's life as the proposers see it: the space, what is live, what was measured. Pure.
import { fitModel, genomeId, readSpace, type Genome, type Observation, type Space } from '@org/evolution';
import type { Evolution, EvolutionLife, TriedCandidate } from '@org/contract/model';
import type { LiveConfig } from './observations.ts';

/** Variance of what is known of the live version: it is what others are measured against. */
const liveVariance = 1e-4;

export interface Standing {
  readonly space: Space;
  readonly live: Genome;
  readonly liveId: string;
}

/** The space around the live version. */
export function standingOf(program: Evolution, { document, effective }: LiveConfig): Standing {
  const started = program.life?.start as Genome | undefined;
  const { space } = readSpace(document, effective, program.genes, started);
  const live = liveGenome(program, { document, effective });
  return { space, live, liveId: genomeId(space, live) };
}

/** The genes as the config has them now. */
export const liveGenome = (
  program: Evolution,
  { document, effective }: Omit<LiveConfig, 'revision'>,
): Genome => readSpace(document, effective, program.genes).space.start;

/** The genome of a candidate. */
export const genomeOf = ({ start }: EvolutionLife, { genes }: Pick<TriedCandidate, 'genes'>): Genome => ({
  ...start,
  ...genes,
});

/** Everything measured, the live version among it. */
export function measured(life: EvolutionLife, { live }: Standing): readonly Observation[] {
  const found = life.tried.flatMap((each): readonly Observation[] =>
    each.effect === undefined || each.variance === undefined
      ? []
      : [{ genome: genomeOf(life, each), effect: each.effect, variance: each.variance }],
  );
  return [{ genome: live, effect: life.liveEffect, variance: liveVariance }, ...found];
}

/** How a candidate is judged after screening: mean and variance of its effect against the live version. */
export interface Judged {
  readonly tried: TriedCandidate;
  readonly mean: number;
  readonly variance: number;
}

/** Deviation of effects that candidates have before anything is known of them. */
const priorDeviation = 0.08;
const modelObservationsMin = 4;
/** The model is asked about so many that looked best. */
const judgedMax = 20;

/** Judges candidates: by the model where the program has one, else each by its own counts, pulled to nothing. */
export function judged(
  program: Evolution,
  standing: Standing,
  candidates: readonly TriedCandidate[],
): readonly Judged[] {
  const life = program.life!;
  const observations = measured(life, standing);
  const isModelled = program.proposer !== 'random' && program.proposer !== 'strategy';
  if (isModelled && observations.length >= modelObservationsMin) {
    const { predict } = fitModel({ space: standing.space, observations });
    const promising = candidates.toSorted((a, b) => (b.effect ?? 0) - (a.effect ?? 0)).slice(0, judgedMax);
    return promising.map((tried) => {
      const { mean, variance } = predict(genomeOf(life, tried));
      return { tried, mean: mean - life.liveEffect, variance };
    });
  }
  return candidates.map((tried) => {
    const weight = priorDeviation ** 2 / (priorDeviation ** 2 + (tried.variance ?? 1));
    const mean = weight * ((tried.effect ?? 0) - life.liveEffect);
    return { tried, mean, variance: weight * (tried.variance ?? 1) };
  });
}
