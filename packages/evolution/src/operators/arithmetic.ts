// Arithmetic: a number moved by a random amount on its own scale, kept inside its bounds and on its steps.
import { aligned, amountAt, amountOf, positionOf, stepOf, valueOf } from '../space/amounts.ts';
import type { AmountGene, Gene } from '../space/gene.ts';
import type { Random } from '../random.ts';
import { replacing, type Move, type Operator, type OperatorSettings } from './move.ts';

const shareMax = 0.2;

export const arithmetic: Operator = {
  type: 'arithmetic',
  tier: 'parametric',
  movesIn: (space, settings) =>
    space.genes.filter(isFreeAmount).map((gene): Move => ({
      operator: 'arithmetic',
      tier: 'parametric',
      genes: [gene.id],
      make(genome, random) {
        const from = genome[gene.id]!;
        const amount = moved(gene, amountOf(gene, from), settings, random);
        const to = valueOf(gene, amount);
        return Number.isNaN(amount) || to === from ? undefined : [replacing(gene, from, to, 'arithmetic')];
      },
    })),
};

export const isFreeAmount = (gene: Gene): gene is AmountGene => gene.kind === 'amount' && !gene.isCoupled;

/** The amount a random way off. At least one step, and inward where a bound is in the way. */
export function moved(
  gene: AmountGene,
  amount: number,
  { range = { min: 0, max: shareMax }, distribution = 'gaussian' }: OperatorSettings,
  random: Random,
): number {
  const place = positionOf(gene, amount);
  const size = distribution === 'gaussian' ? gaussian(range, random) : between(range, random);
  let way = random.uniform() < 0.5 ? size : -size;
  if (place + way < 0 || place + way > 1) way = -way;
  const there = amountAt(gene, place + way);
  if (there !== amount) return there;
  const step = stepOf(gene);
  return step === undefined ? there : nextStep(gene, amount, way < 0 ? -step : step);
}

function nextStep(gene: AmountGene, amount: number, step: number): number {
  const next = aligned(gene, amount + step);
  return next === amount ? aligned(gene, amount - step) : next;
}

/** Half of the range's top is one standard deviation; never beyond the range. */
const gaussian = ({ min, max }: { readonly min: number; readonly max: number }, random: Random): number =>
  Math.min(Math.max(Math.abs(random.normal()) * (max / 2), min), max);

const between = ({ min, max }: { readonly min: number; readonly max: number }, random: Random): number =>
  min + (max - min) * random.uniform();
