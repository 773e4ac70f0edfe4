// Value swap: another of the values that a choice may have.
import type { ChoiceGene } from '../space/gene.ts';
import { isSame, replacing, type Operator } from './move.ts';

/** Functions have an operator of their own. */
export const valueSwap: Operator = {
  type: 'value_swap',
  tier: 'parametric',
  movesIn: (space) =>
    space.genes
      .filter(
        (gene): gene is ChoiceGene => gene.kind === 'choice' && gene.type !== 'function' && !gene.isCoupled,
      )
      .map((gene) => swapOf(gene, 'value_swap', 'value swap')),
};

/** The move that swaps the value of one gene. */
export const swapOf = (
  gene: ChoiceGene,
  operator: 'value_swap' | 'function_substitution',
  how: string,
): ReturnType<Operator['movesIn']>[number] => ({
  operator,
  tier: 'parametric',
  genes: [gene.id],
  make(genome, random) {
    const from = genome[gene.id]!;
    const others = gene.options.filter((option) => !isSame(option, from));
    return others.length === 0 ? undefined : [replacing(gene, from, random.pick(others), how)];
  },
});
