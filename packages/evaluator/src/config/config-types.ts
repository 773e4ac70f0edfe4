// What applications hold of a config. Holds no logic.
import type { EvaluationContext, EvaluationDetails, JsonObject, JsonValue } from '@org/contract/model';

/** What a config may be resolved with. */
export interface ConfigOptions {
  /** Values by path, e.g. `{'discount.max': 10}`, for as long as nobody knows better. */
  readonly defaults?: { readonly [path: string]: JsonValue };
}

/** A function that configurations may choose by its name. */
export type NamedFunction = (...given: never[]) => unknown;

/** A step of a pipeline that applies to the context. */
export interface ActiveStep<F> {
  readonly function: string;
  readonly parameters: JsonObject;
  readonly weight: number;
  readonly implementation: F;
}

/** What runs a step: takes the value, answers the next one. */
export type StepFunction<T> = (
  value: T,
  step: Pick<ActiveStep<unknown>, 'function' | 'parameters' | 'weight'>,
  context: EvaluationContext,
) => T;

/** A pipeline with its implementations. */
export interface Pipeline<T> {
  /** The steps that apply, in order; those nobody implements are left out and reported. */
  steps(context: EvaluationContext): readonly ActiveStep<StepFunction<T>>[];
  /** Runs the steps that apply one after the other on a value. What an implementation throws is thrown. */
  run(value: T, context: EvaluationContext): T;
}

/**
 * A config, resolved once. Nothing it has throws (but what implementations throw), waits or does I/O. A parameter that is
 * not declared, or of another type, answers the fallback given, else the default of `ConfigOptions`, else 0, false, ""
 * or nothing; it is reported once.
 */
export interface Config {
  readonly key: string;
  number(path: string, context: EvaluationContext, fallback?: number): number;
  integer(path: string, context: EvaluationContext, fallback?: number): number;
  /** A string or enum. */
  string(path: string, context: EvaluationContext, fallback?: string): string;
  boolean(path: string, context: EvaluationContext, fallback?: boolean): boolean;
  /** In milliseconds. */
  duration(path: string, context: EvaluationContext, fallbackMs?: number): number;
  /** Numbers by names, which add up to 1. */
  weights(
    path: string,
    context: EvaluationContext,
    fallback?: Readonly<Record<string, number>>,
  ): Readonly<Record<string, number>>;
  list<T extends JsonValue>(path: string, context: EvaluationContext, fallback?: readonly T[]): readonly T[];
  object<T extends JsonObject>(path: string, context: EvaluationContext, fallback?: T): T;
  /** Whether the condition holds for the context. */
  condition(path: string, context: EvaluationContext, fallback?: boolean): boolean;
  /** The result of the formula for the context; where it has none, the fallback its schema names. */
  formula(path: string, context: EvaluationContext, fallback?: number): number;
  /**
   * The chosen function of those that the application implements: `function('rank', {byPrice, byMargin})(context, items)`.
   * One that is not implemented gives way to the parameter's default, then to the first implementation.
   */
  function<F extends NamedFunction>(
    path: string,
    implementations: Readonly<Record<string, F>>,
  ): (context: EvaluationContext, ...given: Parameters<F>) => ReturnType<F>;
  /** Composed strategies: the functions of a pipeline, in its order. */
  pipeline<T>(path: string, implementations: Readonly<Record<string, StepFunction<T>>>): Pipeline<T>;
  /** One parameter with what decided about it. Conditions as true or false, formulas as numbers. */
  details(path: string, context: EvaluationContext): EvaluationDetails<JsonValue | undefined>;
  /** Every value for the context, nested: conditions as true or false, formulas as numbers, pipelines as the steps that apply. */
  all(context: EvaluationContext): JsonObject;
}
