// The (1+λ) evolution strategy: mutations of the live version, one move mostly, sometimes more. Better children take its place.
import { unchanged } from '../engine/candidate.ts';
import { mutated } from '../engine/propose.ts';
import type { Proposer, ProposerContext } from './proposer.ts';

const furtherChance = 0.3;
const movesMax = 5;

export const createStrategy = ({ live }: ProposerContext): Proposer => ({
  suggest(_tier, moves, random) {
    let candidate = mutated(unchanged(live), moves, random);
    for (let i = 1; candidate !== undefined && i < movesMax && random.uniform() < furtherChance; i++)
      candidate = mutated(candidate, moves, random) ?? candidate;
    return candidate;
  },
  took: () => undefined,
});
