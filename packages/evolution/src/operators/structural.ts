// Structure: rules and steps of pipelines inserted, removed and put in another order.
import type { JsonValue } from '@org/contract/model';
import type { PipelineGene, RulesGene } from '../space/gene.ts';
import type { Random } from '../random.ts';
import { brief, isSame, type Edit, type Move, type Operator } from './move.ts';

type List = readonly JsonValue[];
type Change = 'reorder' | 'insert' | 'remove';

interface ListGene {
  readonly gene: RulesGene | PipelineGene;
  readonly lengthMin: number;
  readonly lengthMax: number;
  /** What may be inserted into a list. */
  readonly library: (list: List) => List;
}

export const structural: Operator = {
  type: 'structural',
  tier: 'structural',
  movesIn: (space) =>
    space.genes.flatMap((gene): readonly Move[] => {
      const changes = gene.kind === 'rules' || gene.kind === 'pipeline' ? changesOf(gene.evolve) : [];
      if (changes.length === 0) return [];
      const list = gene.kind === 'rules' ? ofRules(gene) : ofSteps(gene as PipelineGene);
      return [{ operator: 'structural', tier: 'structural', genes: [gene.id], make: maker(list, changes) }];
    }),
};

const changesOf = (evolve: { readonly [change in Change]?: boolean }): readonly Change[] =>
  (['reorder', 'insert', 'remove'] as const).filter((change) => evolve[change] === true);

const ofRules = (gene: RulesGene): ListGene => ({
  gene,
  lengthMin: 0,
  lengthMax: gene.library.length,
  // A rule is there once: its id says which one it is.
  library: (list) => {
    const held = new Set(list.map((rule) => (rule as { readonly id: string }).id));
    return gene.library.filter(({ id }) => !held.has(id)) as unknown as List;
  },
});

const ofSteps = (gene: PipelineGene): ListGene => ({
  gene,
  lengthMin: gene.stepsMin,
  lengthMax: gene.stepsMax,
  library: () => gene.steps as unknown as List,
});

function maker(list: ListGene, changes: readonly Change[]): Move['make'] {
  return (genome, random) => {
    const now = genome[list.gene.id] as unknown as List;
    const possible = changes.filter((change) => isPossible(list, now, change));
    if (possible.length === 0) return undefined;
    const edit = edits[random.pick(possible)](list, now, random);
    return edit === undefined ? undefined : [edit];
  };
}

function isPossible({ lengthMin, lengthMax, library }: ListGene, now: List, change: Change): boolean {
  if (change === 'reorder') return now.length > 1;
  return change === 'remove'
    ? now.length > lengthMin && now.length > 0
    : now.length < lengthMax && library(now).length > 0;
}

const edits: Readonly<Record<Change, (list: ListGene, now: List, random: Random) => Edit | undefined>> = {
  reorder({ gene }, now, random) {
    const from = random.below(now.length);
    const to = (from + 1 + random.below(now.length - 1)) % now.length;
    const moved = now.toSpliced(from, 1).toSpliced(to, 0, now[from]!);
    if (isSame(now, moved)) return undefined;
    return {
      gene: gene.id,
      to: moved,
      words: `${gene.id}: ${nameOf(now[from]!)} from place ${from + 1} to ${to + 1} (structural)`,
      forward: [{ op: 'move', from: `${gene.pointer}/${from}`, path: `${gene.pointer}/${to}` }],
      backward: [{ op: 'move', from: `${gene.pointer}/${to}`, path: `${gene.pointer}/${from}` }],
    };
  },
  insert({ gene, library }, now, random) {
    const value = random.pick(library(now));
    const index = random.below(now.length + 1);
    const path = `${gene.pointer}/${index}`;
    return {
      gene: gene.id,
      to: now.toSpliced(index, 0, value),
      words: `${gene.id}: ${nameOf(value)} inserted at place ${index + 1} (structural)`,
      forward: [{ op: 'add', path, value }],
      backward: [{ op: 'remove', path }],
    };
  },
  remove({ gene }, now, random) {
    const index = random.below(now.length);
    const value = now[index]!;
    const path = `${gene.pointer}/${index}`;
    return {
      gene: gene.id,
      to: now.toSpliced(index, 1),
      words: `${gene.id}: ${nameOf(value)} removed from place ${index + 1} (structural)`,
      forward: [{ op: 'remove', path }],
      backward: [{ op: 'add', path, value }],
    };
  },
};

function nameOf(value: JsonValue): string {
  const { id, function: step } = value as { readonly id?: string; readonly function?: string };
  return id !== undefined ? `rule "${id}"` : step !== undefined ? `step "${step}"` : brief(value);
}
