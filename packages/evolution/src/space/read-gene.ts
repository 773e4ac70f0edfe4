// Reads one gene from what a parameter declares. Pure.
import { parseDuration } from '@org/evaluator/config';
import type {
  AmountEvolution,
  ChoiceEvolution,
  ConditionEvolution,
  ConditionOperation,
  ConfigParameterType,
  FormulaEvolution,
  JsonValue,
  PipelineEvolution,
  PipelineStep,
  WeightsEvolution,
} from '@org/contract/model';
import { aligned, amountOf } from './amounts.ts';
import { pointerOf, type AmountGene, type Gene } from './gene.ts';

/** A parameter as it is declared. */
export interface Declared {
  readonly path: string;
  readonly type: ConfigParameterType;
  readonly spec: { readonly [name: string]: unknown };
  readonly isCoupled: boolean;
}

/** Why there is no gene: nothing is declared, or what is declared is no space. */
export type NoGene = 'none' | 'unbounded' | 'single' | 'outside';

const weightStep = 0.1;
const everyOperation: readonly ConditionOperation[] = [
  ...(['negate', 'comparison', 'threshold', 'connective', 'add', 'drop'] as const),
];

/** The gene of a parameter whose value is `start`. */
export function geneOf(declared: Declared, start: JsonValue): Gene | NoGene {
  const { path, type, spec, isCoupled } = declared;
  const evolve = spec['evolve'];
  if (evolve === undefined) return 'none';
  const base = { id: path, pointer: pointerOf(path), start, isCoupled };
  switch (type) {
    case 'number':
    case 'integer':
    case 'duration':
      return amountGene(base, declared, type);
    case 'weights': {
      const { step = weightStep, min = 0, max = 1 } = evolve as WeightsEvolution;
      const names = spec['names'] as readonly string[];
      return names.length < 2 ? 'single' : { ...base, kind: 'weights', names, step, min, max };
    }
    case 'condition': {
      const { operations = everyOperation, thresholds = {}, ...rest } = evolve as ConditionEvolution;
      const { clauses = [], candidates = [] } = rest;
      return { ...base, kind: 'condition', operations, thresholds, clauses, candidates };
    }
    case 'formula': {
      const { multiplier, candidates = [] } = evolve as FormulaEvolution;
      return multiplier === undefined && candidates.length === 0
        ? 'single'
        : { ...base, kind: 'formula', multiplier, candidates };
    }
    case 'pipeline':
      return {
        ...{ ...base, kind: 'pipeline', functions: spec['functions'] as readonly string[] },
        stepsMin: numberOr(spec['stepsMin'], 0),
        stepsMax: numberOr(spec['stepsMax'], 100),
        evolve: evolve as PipelineEvolution,
        steps: (evolve as PipelineEvolution).steps ?? ([] as readonly PipelineStep[]),
      };
    default:
      return choiceGene(base, declared);
  }
}

type Base = Pick<Gene, 'id' | 'pointer' | 'start' | 'isCoupled'>;

function choiceGene(base: Base, { type, spec }: Declared): Gene | NoGene {
  const { candidates } = spec['evolve'] as ChoiceEvolution;
  const options = candidates ?? optionsOf(type, spec);
  return options.length < 2 ? 'single' : { ...base, kind: 'choice', type, options };
}

function optionsOf(type: ConfigParameterType, spec: Declared['spec']): readonly JsonValue[] {
  if (type === 'boolean') return [false, true];
  return (spec[type === 'enum' ? 'options' : 'functions'] ?? []) as readonly JsonValue[];
}

function amountGene(base: Base, { type, spec }: Declared, kind: AmountGene['type']): Gene | NoGene {
  const evolve = spec['evolve'] as AmountEvolution<number | string>;
  const { candidates, multiplier } = evolve;
  if (candidates !== undefined)
    return candidates.length < 2 ? 'single' : { ...base, kind: 'choice', type, options: candidates };
  const read = (value: unknown, otherwise: number): number =>
    value === undefined ? otherwise : kind === 'duration' ? parseDuration(value) : Number(value);
  const start = amountOf({ type: kind }, base.start);
  const origin = read(spec['min'], 0);
  const factors = [start * (multiplier?.hardMin ?? 0), start * (multiplier?.hardMax ?? Infinity)];
  const lowest = multiplier?.hardMin === undefined ? -Infinity : Math.min(...factors);
  const highest = multiplier?.hardMax === undefined ? Infinity : Math.max(...factors);
  const min = Math.max(read(evolve.min, -Infinity), read(spec['min'], -Infinity), lowest);
  const max = Math.min(read(evolve.max, Infinity), read(spec['max'], Infinity), highest);
  if (!Number.isFinite(min) || !Number.isFinite(max)) return 'unbounded';
  const step = evolve.step ?? spec['step'];
  const scale = evolve.scale ?? (spec['scale'] as AmountGene['scale'] | undefined) ?? 'linear';
  const gene: AmountGene = {
    ...{ ...base, kind: 'amount', type: kind, min, max, origin, multiplier },
    step: step === undefined ? undefined : read(step, 1),
    scale: scale === 'log' && min > 0 ? 'log' : 'linear',
  };
  if (start < min || start > max) return 'outside';
  return !(max > min) || aligned(gene, min) === aligned(gene, max) ? 'single' : gene;
}

const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise;
