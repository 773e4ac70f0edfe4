// Experiments in the page, over a client that the page has made. Must never throw from an evaluation.
import type { EvaluationContext, FlagType, JsonValue } from '@org/contract/model';
import {
  createExperiment,
  type Assignment,
  type EvaluatedFlag,
  type ExperimentOptions,
} from '@org/evaluator/experiment';
import type { Client, Flag } from '../types.ts';

export type { Assignment, AssignmentReason, ExperimentOptions } from '@org/evaluator/experiment';

/** An experiment, looked up once. */
export interface Experiment<T> {
  readonly key: string;
  /**
   * What a context gets, the client's when left out, whether it is in the experiment, and why. Where it is, that is an
   * exposure. Never throws, never waits.
   */
  get(context?: EvaluationContext): Assignment<T>;
}

/** Looks an experiment up. Of one that does not run `get` answers what its flag does (`flag`), else the default value. */
export function experiment<T extends JsonValue>(
  client: Client,
  key: string,
  options: ExperimentOptions<T> & { readonly defaultValue: T },
): Experiment<T>;
export function experiment<T extends JsonValue = JsonValue>(
  client: Client,
  key: string,
  options?: ExperimentOptions<T>,
): Experiment<T | undefined>;
export function experiment<T extends JsonValue>(
  client: Client,
  key: string,
  options: ExperimentOptions<T> = {},
): Experiment<T | undefined> {
  const handle = createExperiment<T>(
    {
      overlay: (overlayKey) => client.find('overlay', overlayKey),
      flag: (flagKey, defaultValue) => flagOf(client, flagKey, defaultValue),
      isReady: () => client.revision >= 0,
      onAssigned(assignment, context, listener) {
        try {
          listener?.(assignment as Assignment<never>, context);
        } catch (error) {
          globalThis.reportError?.(error);
        }
      },
    },
    key,
    options,
  );
  return { key, get: (context = client.context) => handle.get(context) };
}

/** Without a default value it is of the type that it has at the time. */
function flagOf(client: Client, key: string, defaultValue: JsonValue | undefined): EvaluatedFlag {
  const flags = new Map<string, Flag<JsonValue>>();
  return (context) => {
    const type = typeOf(
      defaultValue === undefined ? client.find('flag', key) : { type: typeof defaultValue },
    );
    const flag = flags.get(type) ?? client[type](key, defaultValue as never);
    flags.set(type, flag);
    return flag.details(context);
  };
}

function typeOf(document: unknown): FlagType {
  const { type } = (document ?? {}) as { readonly type?: unknown };
  return type === 'boolean' || type === 'string' || type === 'number' ? type : 'object';
}
