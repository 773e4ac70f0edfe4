// The values that some contexts get, read once and kept: one for every rule, share and overlay. Reading allocates nothing
// after the first time.
import type { ConfigParameterType, JsonObject, JsonValue } from '@org/contract/model';
import { isRecord, own } from '../untrusted.ts';
import { deepFreeze } from '../value.ts';
import { fits } from './check-value.ts';
import { parseDuration } from './duration.ts';
import type { EffectiveConfig } from './effective.ts';
import {
  compileCondition,
  compileFormula,
  type FindExpression,
  type Numbers,
  type RunCondition,
  type RunFormula,
} from './formula.ts';
import { configLimits } from './limits.ts';
import { readParameters, type Parameter } from './parameters.ts';
import { mergeValues, setMember, valueAt } from './tree.ts';

/** A step of a pipeline, ready to run. */
export interface ServedStep {
  readonly function: string;
  readonly parameters: JsonObject;
  readonly weight: number;
  readonly when: RunCondition | undefined;
}

/** One parameter as it is for these contexts. */
export interface ServedParameter {
  readonly type: ConfigParameterType;
  /** Undefined when neither the value nor the default fits the schema. */
  readonly value: JsonValue | undefined;
  /** Of numbers, integers and durations (ms); else NaN. */
  readonly amount: number;
  readonly test: RunCondition | undefined;
  readonly formula: RunFormula | undefined;
  /** The result of a formula that has none; NaN for other types. */
  readonly fallback: number;
  readonly steps: readonly ServedStep[] | undefined;
  /** What a function is when nobody implements the chosen one. */
  readonly defaultValue: JsonValue | undefined;
}

/** A config and what its conditions are compiled to. */
export interface ServedConfig extends EffectiveConfig {
  readonly find: FindExpression;
}

export class Served implements Numbers {
  readonly #config: ServedConfig;
  readonly #below: Served | undefined;
  readonly #patch: unknown;
  readonly #parameters = new Map<string, ServedParameter | undefined>();
  #values: JsonObject | undefined = undefined;
  #depth = 0;

  /** The config's values, or those below, with a patch on top. */
  constructor(config: ServedConfig, patch: unknown, below?: Served) {
    this.#config = config;
    this.#below = below;
    this.#patch = patch;
  }

  get config(): EffectiveConfig {
    return this.#config;
  }

  /** What is set, without defaults. */
  get values(): JsonObject {
    const below = this.#below === undefined ? this.#config.values : this.#below.values;
    return (this.#values ??= mergeValues(this.#config.parameters, below, this.#patch));
  }

  /** A parameter by its path, or the path it had before; undefined when there is none. */
  at(path: string): ServedParameter | undefined {
    const known = this.#parameters.get(path);
    if (known !== undefined) return known;
    const { flat, aliases } = this.#config;
    const parameter = flat.get(path) ?? flat.get(aliases.get(path) ?? '');
    // Not kept: names that nobody knows must not fill the memory.
    if (parameter === undefined) return undefined;
    const read = this.#read(parameter);
    this.#parameters.set(path, read);
    return read;
  }

  numberAt(path: string, context: unknown): number {
    const parameter = this.at(path);
    if (parameter === undefined) return NaN;
    return parameter.formula === undefined ? parameter.amount : this.resultOf(parameter, context);
  }

  /** The result of a formula; NaN when there is none. */
  resultOf({ formula }: ServedParameter, context: unknown): number {
    if (formula === undefined || this.#depth >= configLimits.expressionDepthMax) return NaN;
    this.#depth += 1;
    try {
      return formula(context, this);
    } finally {
      this.#depth -= 1;
    }
  }

  #read(parameter: Parameter): ServedParameter {
    const { type, spec } = parameter;
    const defaultValue = own(spec, 'default') as JsonValue | undefined;
    const value = deepFreeze(this.#valueOf(parameter));
    const { find } = this.#config;
    const fallback = own(spec, 'fallback');
    return {
      type,
      value,
      defaultValue,
      amount: amountOf(type, value),
      test: type === 'condition' ? compileCondition(value, find) : undefined,
      formula: type === 'formula' ? boundFormula(compileFormula(value, find), parameter) : undefined,
      fallback: typeof fallback === 'number' ? fallback : NaN,
      steps: type === 'pipeline' ? stepsOf(value, parameter, find) : undefined,
    };
  }

  #valueOf(parameter: Parameter): JsonValue | undefined {
    const { members, path, spec } = parameter;
    if (members !== undefined) {
      const tree: Record<string, unknown> = {};
      for (const member of members.values()) {
        const value = this.at(member.path)?.value;
        if (value !== undefined) setMember(tree, member.name, value);
      }
      return tree as JsonObject;
    }
    const value = valueAt(this.values, path);
    if (value !== undefined && fits(parameter, value)) return value;
    const fallback = own(spec, 'default');
    return fits(parameter, fallback) ? (fallback as JsonValue) : undefined;
  }
}

function amountOf(type: ConfigParameterType, value: JsonValue | undefined): number {
  if (type === 'duration') return parseDuration(value);
  return (type === 'number' || type === 'integer') && typeof value === 'number' ? value : NaN;
}

/** Results beyond the parameter's bounds are pulled to them. */
function boundFormula(run: RunFormula, { spec }: Parameter): RunFormula {
  const [min, max] = [own(spec, 'min'), own(spec, 'max')];
  const least = typeof min === 'number' ? min : -Infinity;
  const most = typeof max === 'number' ? max : Infinity;
  return (context, numbers) => {
    const result = run(context, numbers);
    return Number.isFinite(result) ? Math.min(Math.max(result, least), most) : NaN;
  };
}

function stepsOf(
  value: JsonValue | undefined,
  { spec }: Parameter,
  find: FindExpression,
): readonly ServedStep[] {
  const typed = own(spec, 'parameters');
  return (Array.isArray(value) ? (value as readonly unknown[]) : []).filter(isRecord).map((step) => {
    const name = String(own(step, 'function'));
    const weight = own(step, 'weight');
    const when = own(step, 'when');
    const schema = isRecord(typed) ? own(typed, name) : undefined;
    return {
      function: name,
      parameters: withDefaults(schema, own(step, 'parameters')),
      weight: typeof weight === 'number' ? weight : 1,
      when: when === undefined ? undefined : compileCondition(when, find),
    };
  });
}

/** The parameters of a function, those left out by their defaults. */
function withDefaults(schema: unknown, given: unknown): JsonObject {
  const values = isRecord(given) ? given : {};
  if (!isRecord(schema)) return values as JsonObject;
  const filled: Record<string, unknown> = {};
  for (const parameter of readParameters(schema).values()) {
    const value = own(values, parameter.name);
    const nested =
      parameter.members === undefined ? undefined : withDefaults(own(parameter.spec, 'members'), value);
    const known = value !== undefined && fits(parameter, value) ? value : own(parameter.spec, 'default');
    setMember(filled, parameter.name, nested ?? known ?? null);
  }
  return deepFreeze(filled as JsonObject);
}
