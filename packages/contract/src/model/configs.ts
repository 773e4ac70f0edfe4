// Typed configuration: a schema of parameters, their values, and rules that patch the values for some contexts. Documents
// of an environment, versioned like flags. Meaning: docs/spec/configuration.md. Holds no logic.
import type { ConfigCondition, Formula } from './formula.ts';
import type { Expression } from './expression.ts';
import type { JsonObject, JsonValue } from './json.ts';

/** A configuration: what parameters there are, and what they are for whom. */
export interface Config {
  /** The parameters by name. Names have no dots: `discount.max` is the member `max` of the object `discount`. */
  readonly schema: ConfigSchema;
  /** A config of the same environment that this one adds to: docs/spec/configuration.md, inheritance. */
  readonly extends?: string;
  /** False: the rules of the config it extends do not apply. */
  readonly inheritRules?: boolean;
  /** Nested as the schema is. What is left out is inherited, or else the parameter's default. */
  readonly values?: JsonObject;
  /** In order; the first that applies patches the values. */
  readonly rules?: readonly ConfigRule[];
  /** What must hold for every combination of values that a context can get. */
  readonly invariants?: readonly ConfigInvariant[];
  /** Parameters that evolution moves together only. */
  readonly coupled?: readonly ConfigCoupling[];
  /** Combinations of values that must not occur. */
  readonly forbidden?: readonly ForbiddenCombination[];
  /** What evolution may do to the rules. Left out: nothing. */
  readonly evolve?: { readonly rules?: StructureEvolution };
  /** True: browsers get it. */
  readonly clientVisible?: boolean;
  readonly description?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
  readonly metadata?: JsonObject;
}

export interface ConfigSchema {
  readonly [name: string]: ConfigParameter;
}

/** A patch of the values for the contexts that fulfil `when`: to all of them the same, or by a split. */
export interface ConfigRule {
  /** Unique in the config. */
  readonly id: string;
  readonly description?: string;
  readonly when: Expression;
  /** Either a patch or a split. */
  readonly patch?: ConfigValues;
  readonly split?: ConfigSplit;
}

/**
 * A patch of values, nested as the schema is. Objects with members are merged; every other parameter is replaced whole,
 * and null takes its value away, which brings back what is inherited or the default.
 */
export type ConfigValues = JsonObject;

/** A percentage split between patches. */
export interface ConfigSplit {
  readonly weights: readonly ConfigWeight[];
  readonly by?: string | readonly string[];
  readonly kind?: string;
  /** Left out: `config:<key>`. */
  readonly salt?: string;
  readonly sticky?: boolean;
}

export interface ConfigWeight {
  /** What exposures are called by; unique in the config. */
  readonly variant: string;
  readonly weight: number;
  /** Left out: the values as they are. */
  readonly patch?: ConfigValues;
}

/** Checked at commit for the values, for every rule's patch, and for every overlay's. */
export interface ConfigInvariant {
  readonly id: string;
  /** Said to whoever breaks it. */
  readonly message: string;
  /**
   * Over the tree of values in the place of a context: `attribute: ["discount", "max"]` reads `discount.max`, and so does
   * the formula `{"op": "parameter", "name": "discount.max"}`.
   */
  readonly require: ConfigCondition;
}

/** A group of parameters that only make sense together. */
export interface ConfigCoupling {
  readonly name: string;
  /** Paths, at least two. */
  readonly parameters: readonly string[];
  /** `same_factor`: multiplied by the same. `same_steps`: moved by as many of their steps. `together`: each freely, at once. */
  readonly relation: 'same_factor' | 'same_steps' | 'together';
}

export interface ForbiddenCombination {
  readonly message: string;
  /** By path; forbidden when all are equal. */
  readonly values: { readonly [path: string]: JsonValue };
}

/** What an overlay or an experiment's variant changes in a config: on top of whatever the rules give. */
export interface ConfigPatch {
  readonly values?: ConfigValues;
  /** In the place of the config's own and inherited rules, for the units of the overlay. */
  readonly rules?: readonly ConfigRule[];
}

/** A parameter: its type with what values it may have. */
export type ConfigParameter =
  | NumberParameter
  | DurationParameter
  | StringParameter
  | BooleanParameter
  | EnumParameter
  | WeightsParameter
  | ListParameter
  | ObjectParameter
  | ConditionParameter
  | FormulaParameter
  | FunctionParameter
  | PipelineParameter;
export type ConfigParameterType = ConfigParameter['type'];

interface ParameterBase {
  readonly description?: string;
  /** For people: "EUR", "%", "ms". */
  readonly unit?: string;
  /** The path it had before. Stored values move with it, and applications that still ask for the old path get it. */
  readonly renamedFrom?: string;
}

export interface NumberParameter extends ParameterBase, Bounds<number> {
  readonly type: 'number' | 'integer';
  readonly default: number;
  readonly evolve?: AmountEvolution<number>;
}

/** Values and bounds are ISO 8601 durations of days to seconds: "PT0.25S", "PT1H30M", "P7D". */
export interface DurationParameter extends ParameterBase, Bounds<string> {
  readonly type: 'duration';
  readonly default: string;
  readonly evolve?: AmountEvolution<string>;
}

export interface StringParameter extends ParameterBase {
  readonly type: 'string';
  readonly default: string;
  readonly lengthMin?: number;
  readonly lengthMax?: number;
  /** A portable regular expression, as operators take it. */
  readonly pattern?: string;
  readonly evolve?: ChoiceEvolution;
}

export interface BooleanParameter extends ParameterBase {
  readonly type: 'boolean';
  readonly default: boolean;
  readonly evolve?: ChoiceEvolution;
}

export interface EnumParameter extends ParameterBase {
  readonly type: 'enum';
  readonly options: readonly string[];
  readonly default: string;
  readonly evolve?: ChoiceEvolution;
}

/** A vector by names: numbers from 0 to 1 that add up to 1. */
export interface WeightsParameter extends ParameterBase {
  readonly type: 'weights';
  readonly names: readonly string[];
  readonly default: { readonly [name: string]: number };
  readonly evolve?: WeightsEvolution;
}

export interface ListParameter extends ParameterBase {
  readonly type: 'list';
  /** What every element is. */
  readonly items: ConfigParameter;
  readonly default: readonly JsonValue[];
  readonly itemsMin?: number;
  readonly itemsMax?: number;
  readonly evolve?: ChoiceEvolution;
}

/** With `members`: nested parameters. Without: any JSON object, replaced whole, with a default. */
export interface ObjectParameter extends ParameterBase {
  readonly type: 'object';
  readonly members?: ConfigSchema;
  readonly default?: JsonObject;
  readonly evolve?: ChoiceEvolution;
}

/** A condition about contexts and parameters. */
export interface ConditionParameter extends ParameterBase {
  readonly type: 'condition';
  readonly default: ConfigCondition;
  readonly evolve?: ConditionEvolution;
}

/** A number computed from contexts and parameters. */
export interface FormulaParameter extends ParameterBase {
  readonly type: 'formula';
  readonly default: Formula;
  /** The result where the formula has none: a missing attribute, a division by zero. */
  readonly fallback: number;
  /** Results beyond are pulled to them. */
  readonly min?: number;
  readonly max?: number;
  readonly evolve?: FormulaEvolution;
}

/** The name of a function that applications implement. */
export interface FunctionParameter extends ParameterBase {
  readonly type: 'function';
  /** The names it may be. */
  readonly functions: readonly string[];
  readonly default: string;
  readonly evolve?: ChoiceEvolution;
}

/** Functions that applications run one after the other. */
export interface PipelineParameter extends ParameterBase {
  readonly type: 'pipeline';
  readonly functions: readonly string[];
  /** The typed parameters of functions, by function. Functions without: any. */
  readonly parameters?: { readonly [name: string]: ConfigSchema };
  readonly default: readonly PipelineStep[];
  readonly stepsMin?: number;
  readonly stepsMax?: number;
  readonly evolve?: PipelineEvolution;
}

export interface PipelineStep {
  readonly function: string;
  readonly parameters?: JsonObject;
  /** 0 or more; 1 when left out. */
  readonly weight?: number;
  /** Left out: always. */
  readonly when?: ConfigCondition;
}

/** Bounds are inclusive. */
interface Bounds<T> {
  readonly min?: T;
  readonly max?: T;
  /** Values are whole steps from `min`, or from 0 where there is none. */
  readonly step?: T;
  readonly scale?: 'linear' | 'log';
}

/** What evolution may do to an amount, inside the parameter's own bounds. */
export interface AmountEvolution<T> extends Bounds<T> {
  /** Factors on the live value. */
  readonly multiplier?: MultiplierRange;
  /** Only these values. */
  readonly candidates?: readonly T[];
}

/** E.g. 0.8 to 1.2 a step, and never beyond 0.5 to 2.0 of the value the program started with. */
export interface MultiplierRange {
  readonly min: number;
  readonly max: number;
  readonly hardMin?: number;
  readonly hardMax?: number;
}

/** Left out candidates: every value that the type lists; then the parameter must be a boolean, an enum or a function. */
export interface ChoiceEvolution {
  readonly candidates?: readonly JsonValue[];
}

export interface WeightsEvolution {
  /** The most that one step moves. Left out: 0.1. */
  readonly step?: number;
  /** Bounds of every weight. */
  readonly min?: number;
  readonly max?: number;
}

export type ConditionOperation = 'negate' | 'comparison' | 'threshold' | 'connective' | 'add' | 'drop';

export interface ConditionEvolution {
  /** Left out: all. */
  readonly operations?: readonly ConditionOperation[];
  /** Where thresholds may move, by the name of the attribute. */
  readonly thresholds?: { readonly [attribute: string]: ThresholdRange };
  /** What may be added to it, or take its place. */
  readonly clauses?: readonly ConfigCondition[];
  readonly candidates?: readonly ConfigCondition[];
}

export interface ThresholdRange {
  readonly min: number;
  readonly max: number;
  readonly step?: number;
}

export interface FormulaEvolution {
  /** Factors on its numbers. */
  readonly multiplier?: MultiplierRange;
  readonly candidates?: readonly Formula[];
}

/** What may be done to an ordered list. Left out: not. */
export interface StructureEvolution {
  readonly reorder?: boolean;
  readonly insert?: boolean;
  readonly remove?: boolean;
}

export interface PipelineEvolution extends StructureEvolution {
  /** Other functions of the list in the place of a step's. */
  readonly substitute?: boolean;
  /** The weights of steps, by factors. */
  readonly weights?: MultiplierRange;
  /** Steps that may be inserted. */
  readonly steps?: readonly PipelineStep[];
  readonly candidates?: readonly (readonly PipelineStep[])[];
}
