// Proposers: who says what to try next. All behind one interface; each is made anew for a generation, from what is known then.
import type { WeightedMove } from '../operators/catalogue.ts';
import type { Tier } from '../operators/move.ts';
import type { Candidate } from '../engine/candidate.ts';
import type { Suggest } from '../engine/propose.ts';
import type { Genome, Space } from '../space/gene.ts';
import { createModel } from './model.ts';
import type { Observation } from './observation.ts';
import { createRandomProposer } from './random.ts';
import { createStrategy } from './strategy.ts';

export type ProposerName = 'random' | 'strategy' | 'model' | 'choice';

/** What is known when a generation begins. */
export interface ProposerContext {
  readonly space: Space;
  readonly live: Genome;
  /** The live version's own effect against the start. */
  readonly liveEffect: number;
  readonly observations: readonly Observation[];
  /** Moves of every tier, for those who mix them. */
  movesOfTier(tier: Tier): readonly WeightedMove[];
  /** The model proposes nothing whose lower bound is worse than the live version by more than this, as a log ratio. */
  readonly safeMargin?: number;
}

export interface Proposer {
  readonly suggest: Suggest;
  /** A suggestion was taken: the next ones should be others. */
  took(candidate: Candidate): void;
}

/** Fewer observations than this teach a model nothing. */
const observationsMin = 4;

/** Makes a proposer for one generation. */
export function createProposer(name: ProposerName, context: ProposerContext): Proposer {
  switch (name) {
    case 'random':
      return createRandomProposer(context);
    case 'strategy':
      return createStrategy(context);
    case 'model':
      return context.observations.length < observationsMin
        ? createRandomProposer(context)
        : createModel(context);
    case 'choice':
      return createChoice(context);
  }
}

/** The model for parameters and their relations, the strategy for structure; at first, chance finds its way around. */
function createChoice(context: ProposerContext): Proposer {
  const parametric = createProposer('model', context);
  const structural = createStrategy(context);
  return {
    suggest: (tier, moves, random) =>
      (tier === 'structural' ? structural : parametric).suggest(tier, moves, random),
    took(candidate) {
      parametric.took(candidate);
      structural.took(candidate);
    },
  };
}
