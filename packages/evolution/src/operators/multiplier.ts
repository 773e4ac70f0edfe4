// Multipliers: a number times a factor of its range; formulas and weights of pipeline steps, too.
import type { Formula, JsonValue, MultiplierRange, PipelineStep } from '@org/contract/model';
import { aligned, amountOf, valueOf } from '../space/amounts.ts';
import type { AmountGene, FormulaGene, PipelineGene } from '../space/gene.ts';
import type { Random } from '../random.ts';
import { withStep } from './function-substitution.ts';
import { replacing, type Edit, type Move, type Operator, type OperatorSettings } from './move.ts';

const usual: MultiplierRange = { min: 0.8, max: 1.2 };

export const multiplier: Operator = {
  type: 'multiplier',
  tier: 'parametric',
  movesIn: (space, settings) =>
    space.genes.flatMap((gene): readonly Move[] => {
      if (gene.isCoupled) return [];
      if (gene.kind === 'amount' && gene.multiplier !== undefined) return [ofAmount(gene, settings)];
      if (gene.kind === 'formula' && gene.multiplier !== undefined) return [ofFormula(gene)];
      return gene.kind === 'pipeline' && gene.evolve.weights !== undefined ? [ofStep(gene)] : [];
    }),
};

/** A factor of the range that is not 1, by equal chances below and above. */
export function factorIn({ min, max }: MultiplierRange, random: Random): number {
  const isUp = max > 1 && (min >= 1 || random.uniform() < 0.5);
  const [from, to] = isUp ? [Math.max(1, min), max] : [min, Math.min(1, max)];
  return from + (to - from) * random.uniform();
}

const ofAmount = (gene: AmountGene, { range }: OperatorSettings): Move => ({
  operator: 'multiplier',
  tier: 'parametric',
  genes: [gene.id],
  make(genome, random) {
    const from = genome[gene.id]!;
    const factor = factorIn(range ?? gene.multiplier ?? usual, random);
    const amount = aligned(gene, amountOf(gene, from) * factor);
    const to = valueOf(gene, amount);
    return Number.isNaN(amount) || to === from
      ? undefined
      : [replacing(gene, from, to, `multiplier, times ${factor.toFixed(3)}`)];
  },
});

const ofFormula = (gene: FormulaGene): Move => ({
  operator: 'multiplier',
  tier: 'parametric',
  genes: [gene.id],
  make(genome, random) {
    const from = genome[gene.id]! as unknown as Formula;
    const count = countNumbers(from);
    if (count === 0) return undefined;
    const chosen = random.below(count);
    const start = numberAt(gene.start as unknown as Formula, chosen);
    const factor = factorIn(gene.multiplier!, random);
    const to = scaled(from, chosen, (value) => bounded(value * factor, start ?? value, gene.multiplier!));
    const [before, after] = [from, to] as unknown as readonly [JsonValue, JsonValue];
    return JSON.stringify(from) === JSON.stringify(to)
      ? undefined
      : [replacing(gene, before, after, `multiplier, times ${factor.toFixed(3)}`)];
  },
});

const ofStep = (gene: PipelineGene): Move => ({
  operator: 'multiplier',
  tier: 'parametric',
  genes: [gene.id],
  make(genome, random): readonly Edit[] | undefined {
    const steps = genome[gene.id] as unknown as readonly PipelineStep[];
    if (steps.length === 0) return undefined;
    const index = random.below(steps.length);
    const step = steps[index]!;
    const range = gene.evolve.weights!;
    const factor = factorIn(range, random);
    const weight = bounded((step.weight ?? 1) * factor, 1, range);
    return weight === (step.weight ?? 1)
      ? undefined
      : [withStep(gene, steps, index, { ...step, weight }, `multiplier, times ${factor.toFixed(3)}`)];
  },
});

/** Inside the hard range around what it was at the start. */
function bounded(value: number, start: number, { hardMin = 0.5, hardMax = 2 }: MultiplierRange): number {
  const [a, b] = [start * hardMin, start * hardMax];
  return Number(Math.min(Math.max(value, Math.min(a, b)), Math.max(a, b)).toPrecision(10));
}

/** How many numbers stand in a formula. */
function countNumbers(formula: Formula): number {
  let count = 0;
  scaled(
    formula,
    -1,
    (value) => value,
    () => (count += 1),
  );
  return count;
}

function numberAt(formula: Formula, index: number): number | undefined {
  let found: number | undefined;
  scaled(formula, index, (value) => (found = value));
  return found;
}

/** The formula with its n-th number changed. Numbers in conditions are those of the condition. */
function scaled(
  formula: Formula,
  index: number,
  change: (value: number) => number,
  visit: () => void = () => undefined,
): Formula {
  let seen = -1;
  const read = (node: Formula): Formula => {
    if (typeof node === 'number') {
      seen += 1;
      visit();
      return seen === index ? change(node) : node;
    }
    if (node.op === 'if') return { ...node, then: read(node.then), else: read(node.else) };
    return 'of' in node ? { ...node, of: node.of.map(read) } : node;
  };
  return read(formula);
}
