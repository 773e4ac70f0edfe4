// Relations: coupled parameters moved together, by the same factor, by as many steps, or each by itself at once.
import type { JsonValue } from '@org/contract/model';
import { aligned, amountOf, stepOf, valueOf } from '../space/amounts.ts';
import type { AmountGene, CoupledGroup, Gene, Space } from '../space/gene.ts';
import type { Random } from '../random.ts';
import { arithmetic } from './arithmetic.ts';
import { conditionFlip } from './condition-flip.ts';
import { functionSubstitution } from './function-substitution.ts';
import { multiplier, factorIn } from './multiplier.ts';
import { replacing, type Edit, type Move, type Operator, type OperatorSettings } from './move.ts';
import { reweight } from './reweight.ts';
import { valueSwap } from './value-swap.ts';

const usual = { min: 0.8, max: 1.2 };
const stepsMax = 3;
/** The factor is made smaller so often before it is given up. */
const shrinksMax = 6;

export const relational: Operator = {
  type: 'relational',
  tier: 'relational',
  movesIn: (space, settings) =>
    space.groups.map((group): Move => ({
      operator: 'relational',
      tier: 'relational',
      genes: group.genes.map(({ id }) => id),
      make: makers[group.relation](group, space, settings),
    })),
};

type Maker = (group: CoupledGroup, space: Space, settings: OperatorSettings) => Move['make'];

const makers: Readonly<Record<CoupledGroup['relation'], Maker>> = {
  same_factor:
    (group, _space, { range }) =>
    (genome, random) => {
      const genes = amountsOf(group);
      const known = range ?? genes.find((gene) => gene.multiplier !== undefined)?.multiplier ?? usual;
      let factor = factorIn(known, random);
      for (let shrinks = 0; shrinks < shrinksMax; shrinks++, factor = Math.sqrt(factor)) {
        const wished = genes.map((gene) => amountOf(gene, genome[gene.id]!) * factor);
        const fit = genes.every((gene, i) => wished[i]! >= gene.min && wished[i]! <= gene.max);
        if (fit) return editsOf(genes, genome, wished, `${group.name}, times ${factor.toFixed(3)}`);
      }
      return undefined;
    },
  same_steps: (group) => (genome, random) => {
    const genes = amountsOf(group);
    const sign = random.uniform() < 0.5 ? 1 : -1;
    for (let count = 1 + random.below(stepsMax); count >= 1; count--) {
      for (const steps of [sign * count, -sign * count]) {
        const wished = genes.map((gene) => amountOf(gene, genome[gene.id]!) + steps * strideOf(gene));
        const fit = genes.every((gene, i) => wished[i]! >= gene.min && wished[i]! <= gene.max);
        if (fit) return editsOf(genes, genome, wished, `${group.name}, ${steps} steps`);
      }
    }
    return undefined;
  },
  together: (group, space, settings) => {
    const free = { ...space, genes: group.genes.map((gene): Gene => ({ ...gene, isCoupled: false })) };
    const operators = [valueSwap, functionSubstitution, arithmetic, multiplier, reweight, conditionFlip];
    const moves = operators.flatMap((operator) => operator.movesIn(free, settings));
    return (genome, random) => together(group, moves, genome, random);
  },
};

const amountsOf = ({ genes }: CoupledGroup): readonly AmountGene[] =>
  genes.filter((gene): gene is AmountGene => gene.kind === 'amount');

/** Numbers without steps move by hundredths of their span. */
const strideOf = (gene: AmountGene): number => stepOf(gene) ?? (gene.max - gene.min) / 100;

function editsOf(
  genes: readonly AmountGene[],
  genome: Parameters<Move['make']>[0],
  wished: readonly number[],
  how: string,
): readonly Edit[] | undefined {
  const edits = genes.map((gene, i) => {
    const to: JsonValue = valueOf(gene, aligned(gene, wished[i]!));
    return replacing(gene, genome[gene.id]!, to, `relational: ${how}`);
  });
  return edits.every(({ to, gene }) => to !== genome[gene] && !Number.isNaN(to)) ? edits : undefined;
}

function together(
  { genes }: CoupledGroup,
  moves: readonly Move[],
  genome: Parameters<Move['make']>[0],
  random: Random,
): readonly Edit[] | undefined {
  const edits = genes.flatMap(({ id }) => {
    const own = moves.filter((move) => move.genes[0] === id);
    return own.length === 0 ? [] : (random.pick(own).make(genome, random) ?? []);
  });
  return edits.length === genes.length ? edits : undefined;
}
