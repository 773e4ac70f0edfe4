// Re-weighting: some weight moved from one name to another. The vector stays on the simplex and inside its bounds.
import type { JsonValue } from '@org/contract/model';
import type { WeightsGene } from '../space/gene.ts';
import { replacing, type Move, type Operator } from './move.ts';

type Weights = { readonly [name: string]: number };

/** Weights are kept to so many parts of 1, so that they add up to it exactly. */
const parts = 1e6;

export const reweight: Operator = {
  type: 'reweight',
  tier: 'parametric',
  movesIn: (space, { range }) =>
    space.genes
      .filter((gene): gene is WeightsGene => gene.kind === 'weights' && !gene.isCoupled)
      .map((gene) => moveOf(gene, Math.min(gene.step, range?.max ?? gene.step))),
};

const moveOf = (gene: WeightsGene, step: number): Move => ({
  operator: 'reweight',
  tier: 'parametric',
  genes: [gene.id],
  make(genome, random) {
    const from = genome[gene.id] as Weights;
    const givers = gene.names.filter((name) => from[name]! > gene.min + 1 / parts);
    if (givers.length === 0) return undefined;
    const giver = random.pick(givers);
    const takers = gene.names.filter((name) => name !== giver && from[name]! < gene.max - 1 / parts);
    if (takers.length === 0) return undefined;
    const taker = random.pick(takers);
    const most = Math.min(step, from[giver]! - gene.min, gene.max - from[taker]!);
    const units = Math.max(1, Math.round(most * (0.1 + 0.9 * random.uniform()) * parts));
    const to = transferred(from, gene.names, { giver, taker, units });
    const how = `re-weighting: ${(units / parts).toPrecision(3)} from ${giver} to ${taker}`;
    return [replacing(gene, from, to, how)];
  },
});

function transferred(
  from: Weights,
  names: readonly string[],
  { giver, taker, units }: { readonly giver: string; readonly taker: string; readonly units: number },
): JsonValue {
  const change = (name: string): number => (name === giver ? -units : name === taker ? units : 0);
  return Object.fromEntries(
    names.map((name) => [name, change(name) === 0 ? from[name]! : partOf(from[name]!, change(name))]),
  );
}

const partOf = (weight: number, change: number): number =>
  Math.min(Math.max((Math.round(weight * parts) + change) / parts, 0), 1);
