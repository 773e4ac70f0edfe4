// What evolution may change in a config: genes, and the genomes that hold a value for each. Holds no logic but reading.
import type {
  ConditionOperation,
  ConfigCondition,
  ConfigRule,
  Formula,
  JsonObject,
  JsonValue,
  MultiplierRange,
  PipelineEvolution,
  PipelineStep,
  StructureEvolution,
  ThresholdRange,
} from '@org/contract/model';

/** The value of every gene, by its id. */
export interface Genome {
  readonly [geneId: string]: JsonValue;
}

interface AnyGene {
  /** The parameter's path; `rulesGeneId` for the rules. */
  readonly id: string;
  /** Where it stands in the tree of values and rules; a JSON pointer. */
  readonly pointer: string;
  /** What it was when the program started. */
  readonly start: JsonValue;
  /** A member of a coupled group: moved with the others only. */
  readonly isCoupled: boolean;
}

/** A number, integer or duration inside bounds. */
export interface AmountGene extends AnyGene {
  readonly kind: 'amount';
  readonly type: 'number' | 'integer' | 'duration';
  /** Inclusive and finite. Durations in milliseconds. */
  readonly min: number;
  readonly max: number;
  readonly step: number | undefined;
  /** Values are whole steps from here. */
  readonly origin: number;
  readonly scale: 'linear' | 'log';
  readonly multiplier: MultiplierRange | undefined;
}

/** One of a list. */
export interface ChoiceGene extends AnyGene {
  readonly kind: 'choice';
  readonly type: string;
  readonly options: readonly JsonValue[];
}

/** A vector on the simplex. */
export interface WeightsGene extends AnyGene {
  readonly kind: 'weights';
  readonly names: readonly string[];
  readonly step: number;
  readonly min: number;
  readonly max: number;
}

export interface ConditionGene extends AnyGene {
  readonly kind: 'condition';
  readonly operations: readonly ConditionOperation[];
  readonly thresholds: { readonly [attribute: string]: ThresholdRange };
  readonly clauses: readonly ConfigCondition[];
  readonly candidates: readonly ConfigCondition[];
}

export interface FormulaGene extends AnyGene {
  readonly kind: 'formula';
  readonly multiplier: MultiplierRange | undefined;
  readonly candidates: readonly Formula[];
}

export interface PipelineGene extends AnyGene {
  readonly kind: 'pipeline';
  readonly functions: readonly string[];
  readonly stepsMin: number;
  readonly stepsMax: number;
  readonly evolve: PipelineEvolution;
  readonly steps: readonly PipelineStep[];
}

/** The order and presence of rules. */
export interface RulesGene extends AnyGene {
  readonly kind: 'rules';
  readonly evolve: StructureEvolution;
  /** Those the program started with: what may be inserted again. */
  readonly library: readonly ConfigRule[];
}

export type Gene =
  AmountGene | ChoiceGene | WeightsGene | ConditionGene | FormulaGene | PipelineGene | RulesGene;

/** Parameters that move together. */
export interface CoupledGroup {
  readonly name: string;
  readonly relation: 'same_factor' | 'same_steps' | 'together';
  readonly genes: readonly Gene[];
}

/** The genes of one config, as a program uses them. */
export interface Space {
  readonly configKey: string;
  readonly genes: readonly Gene[];
  readonly byId: ReadonlyMap<string, Gene>;
  readonly groups: readonly CoupledGroup[];
  /** The genome the program started with. */
  readonly start: Genome;
  /** All values with defaults, and the rules: what patches of mutations apply to. */
  readonly tree: { readonly values: JsonObject; readonly rules: readonly ConfigRule[] };
}

/** No parameter has this name: those have no white space. */
export const rulesGeneId = 'config rules';

/** Where a parameter stands in the tree. */
export const pointerOf = (path: string): string =>
  ['', 'values', ...path.split('.')]
    .map((name) => name.replaceAll('~', '~0').replaceAll('/', '~1'))
    .join('/');
