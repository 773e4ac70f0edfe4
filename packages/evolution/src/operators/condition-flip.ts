// Condition flip: one change of a condition's tree - negated, a comparison turned, a threshold shifted, `and` and `or`
// exchanged, a clause added or dropped. Candidates for formulas and conditions whole are swapped in, too.
import type { ConditionOperation, ConfigCondition, JsonValue } from '@org/contract/model';
import type { ConditionGene, FormulaGene, Gene } from '../space/gene.ts';
import type { Random } from '../random.ts';
import { flips, isConnective, nodesOf, thresholdsOf, withNode, type PlacedNode } from './condition-tree.ts';
import { isSame, replacing, type Move, type Operator } from './move.ts';

/** Larger trees only get smaller. */
const nodesMax = 64;

export const conditionFlip: Operator = {
  type: 'condition_flip',
  tier: 'structural',
  movesIn: (space) => space.genes.filter(isLogic).map(moveOf),
};

type LogicGene = ConditionGene | FormulaGene;

const isLogic = (gene: Gene): gene is LogicGene =>
  !gene.isCoupled && (gene.kind === 'condition' || (gene.kind === 'formula' && gene.candidates.length > 0));

const moveOf = (gene: LogicGene): Move => ({
  operator: 'condition_flip',
  tier: 'structural',
  genes: [gene.id],
  make(genome, random) {
    const from = genome[gene.id]!;
    const changes: readonly Change[] = gene.kind === 'condition' ? changesOf(gene) : [candidateOf(gene)];
    for (const change of shuffled(changes, random)) {
      const made = change(from as unknown as ConfigCondition, random);
      if (made === undefined) continue;
      const to = made.to as JsonValue;
      if (!isSame(from, to)) return [replacing(gene, from, to, made.how)];
    }
    return undefined;
  },
});

type Change = (
  root: ConfigCondition,
  random: Random,
) => { readonly to: unknown; readonly how: string } | undefined;

const changesOf = (gene: ConditionGene): readonly Change[] => [
  ...gene.operations.map((operation) => changes[operation](gene)),
  ...(gene.candidates.length === 0 ? [] : [candidateOf(gene)]),
];

const candidateOf =
  (gene: LogicGene): Change =>
  (root, random) => {
    const others = gene.candidates.filter(
      (each) => !isSame(each as unknown as JsonValue, root as unknown as JsonValue),
    );
    return others.length === 0 ? undefined : { to: random.pick<unknown>(others), how: 'another candidate' };
  };

const changes: Readonly<Record<ConditionOperation, (gene: ConditionGene) => Change>> = {
  negate: () => (root, random) => {
    const { path, node } = random.pick(nodesOf(root));
    // Not twice: that would be the same with more to read.
    const inner = node.op === 'not' ? (node as { readonly of: ConfigCondition }).of : undefined;
    return { to: withNode(root, path, inner ?? { op: 'not', of: node }), how: 'condition negated' };
  },
  comparison: () => (root, random) => {
    const found = nodesOf(root).filter(({ node }) => flips[comparisonOf(node)] !== undefined);
    if (found.length === 0) return undefined;
    const { path, node } = random.pick(found);
    const before = comparisonOf(node);
    const after = random.pick(flips[before]!);
    const flipped = { ...node, [node.op === 'compare' ? 'is' : 'op']: after };
    return { to: withNode(root, path, flipped), how: `comparison ${before} → ${after}` };
  },
  threshold: (gene) => (root, random) => shiftedThreshold(gene, root, random),
  connective: () => (root, random) => {
    const found = nodesOf(root).filter(({ node }) => isConnective(node) && node.of.length > 1);
    if (found.length === 0) return undefined;
    const { path, node } = random.pick(found);
    const op = node.op === 'and' ? 'or' : 'and';
    return { to: withNode(root, path, { ...node, op } as ConfigCondition), how: `${node.op} → ${op}` };
  },
  add: (gene) => (root, random) => {
    if (gene.clauses.length === 0 || nodesOf(root).length >= nodesMax) return undefined;
    const clause = random.pick(gene.clauses);
    const lists = nodesOf(root).filter(({ node }) => isConnective(node));
    if (lists.length === 0) {
      const op = random.uniform() < 0.5 ? ('and' as const) : ('or' as const);
      return { to: { op, of: [root, clause] }, how: `clause added by "${op}"` };
    }
    const { path, node } = random.pick(lists) as PlacedNode & {
      readonly node: { readonly of: ConfigCondition[] };
    };
    if (node.of.some((each) => JSON.stringify(each) === JSON.stringify(clause))) return undefined;
    const longer = { ...node, of: [...node.of, clause] } as ConfigCondition;
    return { to: withNode(root, path, longer), how: 'clause added' };
  },
  drop: () => (root, random) => {
    const found = nodesOf(root).filter(
      ({ parent }) => parent !== undefined && isConnective(parent) && parent.of.length > 1,
    );
    if (found.length === 0) return undefined;
    return { to: withNode(root, random.pick(found).path, undefined), how: 'clause dropped' };
  },
};

const comparisonOf = (node: ConfigCondition): string =>
  node.op === 'compare' ? (node as { readonly is: string }).is : node.op;

function shiftedThreshold(gene: ConditionGene, root: ConfigCondition, random: Random): ReturnType<Change> {
  const found = nodesOf(root).flatMap(({ node, path }) =>
    thresholdsOf(node)
      .filter(({ attribute }) => gene.thresholds[attribute] !== undefined)
      .map((threshold) => ({ threshold, path })),
  );
  if (found.length === 0) return undefined;
  const { threshold, path } = random.pick(found);
  const { min, max, step } = gene.thresholds[threshold.attribute]!;
  const wished = threshold.value + random.normal() * (max - min) * 0.1;
  const near = Math.min(Math.max(wished, min), max);
  const count =
    step === undefined ? 0 : Math.min(Math.round((near - min) / step), Math.floor((max - min) / step));
  const value = Number((step === undefined ? near : min + count * step).toPrecision(10));
  if (value === threshold.value) return undefined;
  const how = `threshold of ${threshold.attribute} ${threshold.value} → ${value}`;
  return { to: withNode(root, path, threshold.with(value)), how };
}

function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  const mixed = [...list];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return mixed;
}
