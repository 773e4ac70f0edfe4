// Configurations in the page: a part that a client is given when it is made. Must never throw from an evaluation.
import type { EvaluationContext, JsonObject, JsonValue } from '@org/contract/model';
import {
  withConfigs,
  type Config as EvaluatedConfig,
  type ConfigEvaluator,
  type ConfigOptions,
  type ConfigProblem,
  type NamedFunction,
  type Pipeline,
  type StepFunction,
} from '@org/evaluator/config';
import type { Client, Extend } from '../types.ts';

export type {
  ActiveStep,
  ConfigOptions,
  ConfigProblem,
  NamedFunction,
  Pipeline,
  StepFunction,
} from '@org/evaluator/config';

/** What the part may be given. */
export interface ConfigsOptions {
  /** Told of each problem once: a parameter nobody declares, a function nobody implements. */
  readonly onProblem?: (problem: ConfigProblem) => void;
}

/** The configurations of one client. */
export interface Configs {
  /** What the client is made with: `createClient({url, key, extend: configs.extend})`. */
  readonly extend: Extend;
  /** A config, resolved once, for the client's context. */
  config(client: Pick<Client, 'context'>, key: string, options?: ConfigOptions): Config;
}

/** As in the SDK of servers, but with the client's context where none is given. */
export interface Config {
  readonly key: string;
  number(path: string, fallback?: number, context?: EvaluationContext): number;
  integer(path: string, fallback?: number, context?: EvaluationContext): number;
  string(path: string, fallback?: string, context?: EvaluationContext): string;
  boolean(path: string, fallback?: boolean, context?: EvaluationContext): boolean;
  /** In milliseconds. */
  duration(path: string, fallbackMs?: number, context?: EvaluationContext): number;
  weights(
    path: string,
    fallback?: Readonly<Record<string, number>>,
    context?: EvaluationContext,
  ): Readonly<Record<string, number>>;
  list<T extends JsonValue>(path: string, fallback?: readonly T[], context?: EvaluationContext): readonly T[];
  object<T extends JsonObject>(path: string, fallback?: T, context?: EvaluationContext): T;
  condition(path: string, fallback?: boolean, context?: EvaluationContext): boolean;
  formula(path: string, fallback?: number, context?: EvaluationContext): number;
  /** The chosen function of those that the page implements, with the client's context. */
  function<F extends NamedFunction>(path: string, implementations: Readonly<Record<string, F>>): F;
  pipeline<T>(path: string, implementations: Readonly<Record<string, StepFunction<T>>>): Pipeline<T>;
  details(path: string, context?: EvaluationContext): ReturnType<EvaluatedConfig['details']>;
  all(context?: EvaluationContext): JsonObject;
}

/** Makes the part. One for each client. */
export const createConfigs = ({ onProblem }: ConfigsOptions = {}): Configs => {
  let evaluator: ConfigEvaluator | undefined;
  return {
    extend: (create) => {
      const make = withConfigs(create, { onProblem });
      return (options) => {
        const made = make(options);
        evaluator = made;
        return made;
      };
    },
    config(client, key, options) {
      if (evaluator === undefined) throw new Error('Give the client `extend` when you make it.');
      return withContext(evaluator.config(key, options), () => client.context);
    },
  };
};

const withContext = (config: EvaluatedConfig, current: () => EvaluationContext): Config => ({
  key: config.key,
  number: (path, fallback, context = current()) => config.number(path, context, fallback),
  integer: (path, fallback, context = current()) => config.integer(path, context, fallback),
  string: (path, fallback, context = current()) => config.string(path, context, fallback),
  boolean: (path, fallback, context = current()) => config.boolean(path, context, fallback),
  duration: (path, fallback, context = current()) => config.duration(path, context, fallback),
  weights: (path, fallback, context = current()) => config.weights(path, context, fallback),
  list: (path, fallback, context = current()) => config.list(path, context, fallback),
  object: (path, fallback, context = current()) => config.object(path, context, fallback),
  condition: (path, fallback, context = current()) => config.condition(path, context, fallback),
  formula: (path, fallback, context = current()) => config.formula(path, context, fallback),
  function: (path, implementations) => {
    const chosen = config.function(path, implementations);
    return ((...given: never[]) => chosen(current(), ...(given as never))) as never;
  },
  pipeline: (path, implementations) => config.pipeline(path, implementations),
  details: (path, context = current()) => config.details(path, context),
  all: (context = current()) => config.all(context),
});
