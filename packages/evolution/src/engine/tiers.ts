// Tiers: which of them is next, and which of its moves. Weights are renormalised over the tiers that have moves. Pure.
import type { WeightedMove } from '../operators/catalogue.ts';
import type { Move, Tier } from '../operators/move.ts';
import type { Random } from '../random.ts';

export const tiers: readonly Tier[] = ['parametric', 'structural', 'relational'];

export type TierWeights = Readonly<Record<Tier, number>>;

export const usualTierWeights: TierWeights = { parametric: 0.5, structural: 0.3, relational: 0.2 };

/** The shares of the tiers that have moves; 0 for the others. They sum to 1 unless nothing is left. */
export function renormalised(weights: TierWeights, moves: readonly WeightedMove[]): TierWeights {
  const held = (tier: Tier): number =>
    moves.some(({ move, weight }) => move.tier === tier && weight > 0) ? Math.max(0, weights[tier]) : 0;
  const sum = tiers.reduce((total, tier) => total + held(tier), 0);
  const share = (tier: Tier): number => (sum > 0 ? held(tier) / sum : 0);
  return {
    parametric: share('parametric'),
    structural: share('structural'),
    relational: share('relational'),
  };
}

/** Draws a tier by its share. */
export function drawTier(shares: TierWeights, random: Random): Tier {
  let left = random.uniform();
  for (const tier of tiers) {
    left -= shares[tier];
    if (left < 0 && shares[tier] > 0) return tier;
  }
  return tiers.findLast((tier) => shares[tier] > 0) ?? 'parametric';
}

/** Draws a move by its weight; undefined when there is none. */
export function drawMove(moves: readonly WeightedMove[], random: Random): Move | undefined {
  let sum = 0;
  for (const { weight } of moves) sum += weight;
  let left = random.uniform() * sum;
  for (const { move, weight } of moves) {
    left -= weight;
    if (left < 0) return move;
  }
  return moves.at(-1)?.move;
}
