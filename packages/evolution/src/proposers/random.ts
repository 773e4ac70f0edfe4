// Chance: every gene of the tier anywhere in its space. Safe programs stay near what is live.
import type { JsonValue } from '@org/contract/model';
import { unchanged, withEdits, type Candidate } from '../engine/candidate.ts';
import { mutated } from '../engine/propose.ts';
import type { WeightedMove } from '../operators/catalogue.ts';
import { replacing, type Tier } from '../operators/move.ts';
import { amountAt, valueOf } from '../space/amounts.ts';
import type { Gene, Genome, Space, WeightsGene } from '../space/gene.ts';
import type { Random } from '../random.ts';
import type { Proposer, ProposerContext } from './proposer.ts';

const movesMax = 4;

export const createRandomProposer = ({ space, live, safeMargin }: ProposerContext): Proposer => ({
  suggest: (tier, moves, random) =>
    tier === 'parametric' && safeMargin === undefined
      ? anywhere(space, live, moves, random)
      : wandered(live, tier, moves, random),
  took: () => undefined,
});

/** The genome after a few moves. */
export function wandered(
  genome: Genome,
  _tier: Tier,
  moves: readonly WeightedMove[],
  random: Random,
): Candidate | undefined {
  let candidate = mutated(unchanged(genome), moves, random);
  const more = random.below(movesMax);
  for (let i = 0; candidate !== undefined && i < more; i++)
    candidate = mutated(candidate, moves, random) ?? candidate;
  return candidate;
}

/** Genes that the moves of the tier can change, each drawn afresh; those that have no uniform draw are moved once. */
export function anywhere(
  space: Space,
  live: Genome,
  moves: readonly WeightedMove[],
  random: Random,
): Candidate | undefined {
  const ids = new Set(moves.flatMap(({ move }) => move.genes));
  let candidate = unchanged(live);
  for (const gene of space.genes) {
    if (!ids.has(gene.id) || gene.isCoupled) continue;
    const value = drawn(gene, random);
    if (value === undefined) {
      const own = moves.filter(({ move }) => move.genes[0] === gene.id);
      candidate = mutated(candidate, own, random) ?? candidate;
    } else if (JSON.stringify(value) !== JSON.stringify(live[gene.id])) {
      const operator =
        gene.kind === 'weights' ? 'reweight' : gene.kind === 'amount' ? 'arithmetic' : 'value_swap';
      const edit = replacing(gene, live[gene.id]!, value, 'drawn');
      candidate = withEdits(candidate, { operator, tier: 'parametric', genes: [gene.id] }, [edit]);
    }
  }
  return candidate.words.length > 0 ? candidate : undefined;
}

function drawn(gene: Gene, random: Random): JsonValue | undefined {
  switch (gene.kind) {
    case 'amount': {
      const amount = amountAt(gene, random.uniform());
      return Number.isNaN(amount) ? undefined : valueOf(gene, amount);
    }
    case 'choice':
      return random.pick(gene.options);
    case 'weights':
      return drawnWeights(gene, random);
    default:
      return undefined;
  }
}

const parts = 1e6;
const triesMax = 20;

/** Uniform on the simplex, by exponentials; undefined where the bounds are too narrow for luck. */
function drawnWeights({ names, min, max }: WeightsGene, random: Random): JsonValue | undefined {
  for (let tries = 0; tries < triesMax; tries++) {
    const raw = names.map(() => -Math.log(1 - random.uniform()));
    const sum = raw.reduce((a, b) => a + b, 0);
    const units = raw.map((each) => Math.floor((each / sum) * parts));
    units[0]! += parts - units.reduce((a, b) => a + b, 0);
    const weights = units.map((each) => each / parts);
    if (weights.every((weight) => weight >= min && weight <= max))
      return Object.fromEntries(names.map((name, i) => [name, weights[i]!]));
  }
  return undefined;
}
