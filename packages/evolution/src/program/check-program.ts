// What is wrong with a program that its schema cannot tell: genes the config has not, operators with nothing to do, metrics
// that are not there, no room in the budget, a start that breaks an invariant. Pure.
import type { Config, Evolution } from '@org/contract/model';
import { createCandidateCheck, type EffectiveConfig } from '@org/evaluator/config';
import { movesOf } from '../operators/catalogue.ts';
import { operandsOf } from '../operators/condition-tree.ts';
import type { ConditionGene, Genome, Space } from '../space/gene.ts';
import { readSpace, type SpaceProblem } from '../space/read-space.ts';

/** What a program refers to, as it is known. */
export interface ProgramWorld {
  readonly config: Config | undefined;
  readonly effective: EffectiveConfig | undefined;
  hasMetric(key: string): boolean;
}

/** Everything that keeps a program from running, by its path in the program. */
export function checkProgram(program: Evolution, world: ProgramWorld): readonly SpaceProblem[] {
  const { config, effective } = world;
  const problems: SpaceProblem[] = [...checkMetrics(program, world), ...checkBudget(program)];
  if (config === undefined || effective === undefined)
    return [
      { path: 'config', rule: 'unknown_config', message: `There is no configuration "${program.config}".` },
      ...problems,
    ];
  const start = program.life?.start as Genome | undefined;
  const { space, problems: found } = readSpace(config, effective, program.genes, start);
  problems.push(...found, ...checkOperators(program, space), ...checkConditions(program, space));
  // A start that is invalid by itself: its invariants contradict each other, or the values.
  for (const { path, rule, message } of createCandidateCheck(effective)({}))
    problems.push({
      path: 'config',
      rule,
      message: `The configuration does not hold by itself: ${message} (${path})`,
    });
  return problems;
}

function checkMetrics(
  { objective, guardrails = [] }: Evolution,
  { hasMetric }: ProgramWorld,
): readonly SpaceProblem[] {
  const named = [
    { path: 'objective.metric', metric: objective.metric },
    ...guardrails.map(({ metric }, index) => ({ path: `guardrails[${index}].metric`, metric })),
  ];
  return named
    .filter(({ metric }) => !hasMetric(metric))
    .map(({ path, metric }) => ({
      path,
      rule: 'unknown_metric',
      message: `There is no metric "${metric}".`,
    }));
}

function checkBudget({ budget, stages }: Evolution): readonly SpaceProblem[] {
  const { trafficPercentage, candidates = 4 } = budget;
  const { canary, confirmation } = stages ?? {};
  const problems: SpaceProblem[] = [];
  if (candidates * (canary?.percentage ?? 0) > trafficPercentage)
    problems.push({
      path: 'stages.canary.percentage',
      rule: 'budget',
      message: `${candidates} candidates would take more than ${trafficPercentage} % of the units.`,
    });
  if ((confirmation?.percentage ?? 0) > trafficPercentage)
    problems.push({
      path: 'stages.confirmation.percentage',
      rule: 'budget',
      message: `More than ${trafficPercentage} % of the units.`,
    });
  return problems;
}

function checkOperators(program: Evolution, space: Space): readonly SpaceProblem[] {
  if (space.genes.length === 0) return [];
  const problems: SpaceProblem[] = [];
  program.operators?.forEach((choice, index) => {
    choice.genes?.forEach((name, at) => {
      if (!space.byId.has(name))
        problems.push({
          path: `operators[${index}].genes[${at}]`,
          rule: 'unknown_gene',
          message: `"${name}" is no gene of this program.`,
        });
    });
    // Versions to recombine only come with time.
    if (choice.type === 'recombination' || movesOf(space, [{ ...choice, probability: 1 }]).length > 0) return;
    problems.push({
      path: `operators[${index}]`,
      rule: 'no_genes',
      message: `None of the genes can be changed by "${choice.type}".`,
    });
  });
  if (problems.length === 0 && movesOf(space, program.operators).length === 0)
    problems.push({ path: 'operators', rule: 'empty_space', message: 'No operator can change any gene.' });
  const weights = program.tierWeights;
  const tiers = new Set(movesOf(space, program.operators).map(({ move }) => move.tier));
  if (weights !== undefined && problems.length === 0 && ![...tiers].some((tier) => weights[tier] > 0))
    problems.push({
      path: 'tierWeights',
      rule: 'empty_space',
      message: `Only ${[...tiers].join(', ')} changes are possible, and their weights are 0.`,
    });
  return problems;
}

/** A condition without anything that could be changed, of which every operation is declared for nothing. */
function checkConditions({ genes }: Evolution, space: Space): readonly SpaceProblem[] {
  return space.genes
    .filter((gene): gene is ConditionGene => gene.kind === 'condition')
    .filter((gene) => isEmpty(gene.start) && gene.clauses.length === 0 && gene.candidates.length === 0)
    .map(({ id }) => ({
      path: genes === undefined ? 'genes' : `genes[${genes.indexOf(id)}]`,
      rule: 'empty_condition',
      message: `The condition "${id}" references nothing, and no clause may be added.`,
    }));
}

const isEmpty = (condition: unknown): boolean => {
  const node = condition as Parameters<typeof operandsOf>[0];
  return (node.op === 'and' || node.op === 'or') && operandsOf(node).length === 0;
};

/** A program with the last good version behind it: what to run when its newest text is broken. */
export interface ProgramVersions {
  readonly running: Evolution | undefined;
  readonly isFallback: boolean;
  /** Said when the newest is not what runs. */
  readonly warning?: string;
}

/** Chooses the newest program if it holds, else the last one that did. */
export function chooseProgram(
  newest: Evolution,
  lastGood: Evolution | undefined,
  problems: readonly SpaceProblem[],
): ProgramVersions {
  if (problems.length === 0) return { running: newest, isFallback: false };
  const said = problems.map(({ path, message }) => `${path}: ${message}`).join(' ');
  const warning =
    lastGood === undefined
      ? `The program is broken and there is none before it: ${said}`
      : `The program is broken; its last good version goes on: ${said}`;
  return { running: lastGood, isFallback: lastGood !== undefined, warning };
}
