// A config in the hands of an application: finds the values for a context and reads them by type. Never throws.
import type { EvaluationContext, EvaluationDetails, JsonObject, JsonValue } from '@org/contract/model';
import type { FlagHandle } from '../types.ts';
import { isRecord, own } from '../untrusted.ts';
import { Choice } from './choice.ts';
import type {
  ActiveStep,
  Config,
  ConfigOptions,
  NamedFunction,
  Pipeline,
  StepFunction,
} from './config-types.ts';
import type { ParameterMap } from './parameters.ts';
import type { ConfigProblem, NoteProblem } from './problem-book.ts';
import type { Served, ServedParameter } from './served.ts';
import { setMember } from './tree.ts';

export type { Config, ConfigOptions } from './config-types.ts';

type FoundDetails = EvaluationDetails<JsonObject | null>;

const noWeights: Readonly<Record<string, number>> = Object.freeze({});
const noItems: readonly never[] = Object.freeze([]);
const noObject: JsonObject = Object.freeze({});

export class ConfigHandle implements Config {
  readonly key: string;
  readonly #handle: FlagHandle<JsonObject | null>;
  readonly #defaults: ConfigOptions['defaults'];
  readonly #note: NoteProblem;

  constructor(key: string, handle: FlagHandle<JsonObject | null>, options: ConfigOptions, note: NoteProblem) {
    this.key = key;
    this.#handle = handle;
    this.#defaults = isRecord(options?.defaults) ? options.defaults : undefined;
    this.#note = note;
  }

  number(path: string, context: EvaluationContext, fallback = this.#defaultOf(path, 'number', 0)): number {
    const found = this.#find(path, context, 'number');
    return found === undefined || Number.isNaN(found.amount) ? fallback : found.amount;
  }

  integer(path: string, context: EvaluationContext, fallback = this.#defaultOf(path, 'number', 0)): number {
    const found = this.#find(path, context, 'integer');
    return found === undefined || Number.isNaN(found.amount) ? fallback : found.amount;
  }

  string(path: string, context: EvaluationContext, fallback = this.#defaultOf(path, 'string', '')): string {
    const value = this.#find(path, context, 'string')?.value;
    return typeof value === 'string' ? value : fallback;
  }

  boolean(
    path: string,
    context: EvaluationContext,
    fallback = this.#defaultOf(path, 'boolean', false),
  ): boolean {
    const value = this.#find(path, context, 'boolean')?.value;
    return typeof value === 'boolean' ? value : fallback;
  }

  duration(
    path: string,
    context: EvaluationContext,
    fallbackMs = this.#defaultOf(path, 'number', 0),
  ): number {
    const found = this.#find(path, context, 'duration');
    return found === undefined || Number.isNaN(found.amount) ? fallbackMs : found.amount;
  }

  weights(
    path: string,
    context: EvaluationContext,
    fallback = this.#defaultOf(path, 'object', noWeights),
  ): Readonly<Record<string, number>> {
    return (this.#find(path, context, 'weights')?.value as typeof fallback | undefined) ?? fallback;
  }

  list<T extends JsonValue>(
    path: string,
    context: EvaluationContext,
    fallback: readonly T[] = this.#defaultOf(path, 'object', noItems),
  ): readonly T[] {
    return (this.#find(path, context, 'list')?.value as readonly T[] | undefined) ?? fallback;
  }

  object<T extends JsonObject>(
    path: string,
    context: EvaluationContext,
    fallback: T = this.#defaultOf(path, 'object', noObject as T),
  ): T {
    return (this.#find(path, context, 'object')?.value as T | undefined) ?? fallback;
  }

  condition(
    path: string,
    context: EvaluationContext,
    fallback = this.#defaultOf(path, 'boolean', false),
  ): boolean {
    const served = this.#served(context);
    const found = this.#typed(served, path, 'condition');
    if (found?.test === undefined || found.value === undefined) return fallback;
    // Spelled out, here and below: a function for each call would be an allocation.
    try {
      return found.test(context, served!);
    } catch {
      return false;
    }
  }

  formula(path: string, context: EvaluationContext, fallback = this.#defaultOf(path, 'number', NaN)): number {
    const served = this.#served(context);
    const found = this.#typed(served, path, 'formula');
    if (found === undefined) return Number.isNaN(fallback) ? 0 : fallback;
    let result = NaN;
    try {
      result = served!.resultOf(found, context);
    } catch {
      // A context that cannot be read.
    }
    if (!Number.isNaN(result)) return result;
    this.#tell(path, 'no_result', 'The formula has no result for this context.', served);
    return Number.isNaN(found.fallback) ? (Number.isNaN(fallback) ? 0 : fallback) : found.fallback;
  }

  function<F extends NamedFunction>(
    path: string,
    implementations: Readonly<Record<string, F>>,
  ): (context: EvaluationContext, ...given: Parameters<F>) => ReturnType<F> {
    const known = implementationsOf(implementations);
    const first = known.values().next().value;
    return (context, ...given) => {
      const found = this.#find(path, context, 'function');
      let chosen = known.get(found?.value);
      if (chosen === undefined) {
        const name = typeof found?.value === 'string' ? found.value : path;
        if (found !== undefined)
          this.#tell(name, 'unknown_function', `Nobody implements "${name}", which "${path}" names.`);
        chosen = known.get(found?.defaultValue) ?? known.get(this.#defaults?.[path]) ?? first;
      }
      // Without any implementation there is nothing to run.
      return (chosen as ((...given: unknown[]) => unknown) | undefined)?.(...given) as ReturnType<F>;
    };
  }

  pipeline<T>(path: string, implementations: Readonly<Record<string, StepFunction<T>>>): Pipeline<T> {
    const known = implementationsOf(implementations);
    const steps = (context: EvaluationContext): readonly ActiveStep<StepFunction<T>>[] => {
      const served = this.#served(context);
      const active: ActiveStep<StepFunction<T>>[] = [];
      for (const step of this.#typed(served, path, 'pipeline')?.steps ?? []) {
        const { when } = step;
        if (when !== undefined && !safely(() => when(context, served!), false)) continue;
        const implementation = known.get(step.function);
        if (implementation !== undefined) active.push({ ...stepOf(step), implementation });
        else
          this.#tell(step.function, 'unknown_function', `Nobody implements "${step.function}" of "${path}".`);
      }
      return active;
    };
    return {
      steps,
      run: (value, context) =>
        steps(context).reduce((given, step) => step.implementation(given, step, context), value),
    };
  }

  details(path: string, context: EvaluationContext): EvaluationDetails<JsonValue | undefined> {
    const details = this.#handle.details(context);
    const { flagKey, reason, rule, variant, revision } = details;
    const served = servedOf(details, context);
    const found = this.#typed(served, path, undefined);
    const decided = {
      flagKey,
      revision,
      ...(variant === undefined ? {} : { variant }),
      ...(rule === undefined ? {} : { rule }),
    };
    if (served === undefined) return { ...details, value: this.#defaults?.[path] };
    if (found === undefined)
      return { ...decided, value: this.#defaults?.[path], reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' };
    const value = safely(() => plainValue(found, served, context), undefined);
    const isError =
      value === undefined || (found.formula !== undefined && Number.isNaN(served.resultOf(found, context)));
    if (!isError) return { ...decided, value, reason };
    const errorMessage = `The parameter "${path}" has no result.`;
    return {
      ...decided,
      value: value ?? this.#defaults?.[path],
      reason: 'ERROR',
      errorCode: 'GENERAL',
      errorMessage,
    };
  }

  all(context: EvaluationContext): JsonObject {
    const served = this.#served(context);
    return served === undefined ? noObject : safely(() => plainTree(served, context), noObject);
  }

  #served(context: EvaluationContext): Served | undefined {
    let served: Served | undefined;
    try {
      served = servedOf(this.#handle.details(context), context);
    } catch {
      // A context that cannot be read.
    }
    if (served === undefined) this.#tell('', 'unknown_config', `There is no config "${this.key}".`);
    return served;
  }

  #find(path: string, context: EvaluationContext, type: string): ServedParameter | undefined {
    return this.#typed(this.#served(context), path, type);
  }

  /** The parameter, when it is of a type that may be read so; anything else is reported. */
  #typed(served: Served | undefined, path: string, type: string | undefined): ServedParameter | undefined {
    if (served === undefined) return undefined;
    const found = served.at(path);
    if (found === undefined) {
      this.#tell(path, 'unknown_parameter', `The config "${this.key}" has no parameter "${path}".`, served);
      return undefined;
    }
    if (type === undefined || found.type === type || readableAs[type] === found.type) return found;
    this.#tell(
      path,
      'type_mismatch',
      `The parameter "${path}" is of type ${found.type}, not ${type}.`,
      served,
    );
    return undefined;
  }

  #tell(name: string, problem: ConfigProblem['problem'], message: string, served?: Served): void {
    const revision = served?.config.revision ?? 0;
    this.#note({ configKey: this.key, name: String(name).slice(0, 256), problem, message }, revision);
  }

  #defaultOf<T>(path: string, type: string, otherwise: T): T {
    const value = this.#defaults === undefined ? undefined : own(this.#defaults, path);
    return typeof value === type ? (value as T) : otherwise;
  }
}

/** Types that can be read as others. */
const readableAs: Readonly<Record<string, string>> = { number: 'integer', string: 'enum' };

const implementationsOf = <F>(given: Readonly<Record<string, F>>): ReadonlyMap<unknown, F> =>
  new Map(Object.entries(given ?? {}).filter(([, implementation]) => typeof implementation === 'function'));

/** What a getter of a context or a proxy throws is no reason to fail. */
function safely<T>(run: () => T, otherwise: T): T {
  try {
    return run();
  } catch {
    return otherwise;
  }
}

/** The values for a context by what the flag in the config's place answered; undefined when there is no config. */
function servedOf({ value, rule }: FoundDetails, context: EvaluationContext): Served | undefined {
  return value instanceof Choice ? value.of(rule)?.serve(context) : undefined;
}

const stepOf = ({
  function: name,
  parameters,
  weight,
}: Pick<ActiveStep<unknown>, 'function' | 'parameters' | 'weight'>) => ({
  function: name,
  parameters,
  weight,
});

/** The value as other languages get it. */
function plainValue(
  parameter: ServedParameter,
  served: Served,
  context: EvaluationContext,
): JsonValue | undefined {
  const { value, test, formula, steps, fallback } = parameter;
  if (value === undefined) return undefined;
  if (test !== undefined) return test(context, served);
  if (formula !== undefined) {
    const result = served.resultOf(parameter, context);
    return Number.isNaN(result) ? fallback : result;
  }
  if (steps !== undefined)
    return steps.filter(({ when }) => when === undefined || when(context, served)).map(stepOf);
  return value;
}

function plainTree(served: Served, context: EvaluationContext): JsonObject {
  const treeOf = (parameters: ParameterMap): JsonObject => {
    const tree: Record<string, unknown> = {};
    for (const { name, path, members } of parameters.values()) {
      const found = members === undefined ? served.at(path) : undefined;
      const value = members === undefined ? found && plainValue(found, served, context) : treeOf(members);
      if (value !== undefined) setMember(tree, name, value);
    }
    return tree as JsonObject;
  };
  return treeOf(served.config.parameters);
}

/** Details of the flag in a config's place, with the values as a tree. */
export function treeFor<T extends JsonValue | undefined>(
  details: EvaluationDetails<JsonValue | undefined>,
  context: EvaluationContext,
  otherwise: T,
): EvaluationDetails<T> {
  const { value } = details;
  if (!((value as unknown) instanceof Choice)) return details as EvaluationDetails<T>;
  const served = safely(() => servedOf(details as FoundDetails, context), undefined);
  const tree = served && safely(() => plainTree(served, context), undefined);
  return { ...details, value: (tree ?? otherwise) as T };
}
