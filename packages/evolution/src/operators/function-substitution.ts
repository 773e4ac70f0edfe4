// Function substitution: another of the registered names, as a parameter or as a step of a pipeline.
import type { JsonValue, PipelineStep } from '@org/contract/model';
import type { ChoiceGene, PipelineGene } from '../space/gene.ts';
import { brief, type Edit, type Move, type Operator } from './move.ts';
import { swapOf } from './value-swap.ts';

export const functionSubstitution: Operator = {
  type: 'function_substitution',
  tier: 'parametric',
  movesIn: (space) =>
    space.genes.flatMap((gene): readonly Move[] => {
      if (gene.isCoupled) return [];
      if (gene.kind === 'choice' && gene.type === 'function')
        return [swapOf(gene satisfies ChoiceGene, 'function_substitution', 'function substitution')];
      return gene.kind === 'pipeline' && gene.evolve.substitute === true && gene.functions.length > 1
        ? [substitutionIn(gene)]
        : [];
    }),
};

const substitutionIn = (gene: PipelineGene): Move => ({
  operator: 'function_substitution',
  tier: 'parametric',
  genes: [gene.id],
  make(genome, random) {
    const steps = genome[gene.id] as unknown as readonly PipelineStep[];
    if (steps.length === 0) return undefined;
    const index = random.below(steps.length);
    const before = steps[index]!;
    const name = random.pick(gene.functions.filter((each) => each !== before.function));
    // The parameters are those of the function that was.
    const { parameters: _, ...kept } = before;
    return [withStep(gene, steps, index, { ...kept, function: name }, `function substitution: ${name}`)];
  },
});

/** The edit that gives a pipeline another step in a place. */
export const withStep = (
  gene: PipelineGene,
  steps: readonly PipelineStep[],
  index: number,
  step: PipelineStep,
  how: string,
): Edit => {
  const path = `${gene.pointer}/${index}`;
  const [from, to] = [steps[index], step] as unknown as readonly [JsonValue, JsonValue];
  return {
    gene: gene.id,
    to: steps.with(index, step) as unknown as JsonValue,
    words: `${gene.id}, step ${index + 1}: ${brief(from)} → ${brief(to)} (${how})`,
    forward: [{ op: 'replace', path, value: to }],
    backward: [{ op: 'replace', path, value: from }],
  };
};
