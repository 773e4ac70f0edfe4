// An experiment looked up once: what it gives a unit, and whether the unit is in. Never throws; what it does not know is the
// default value.
import type { EvaluationContext, EvaluationDetails, JsonValue, Overlay } from '@org/contract/model';
import { reasonOf, type Assignment } from './assignment.ts';
import { overlayKeyOf } from './overlay-key.ts';

/** What an experiment may be given. */
export interface ExperimentOptions<T extends JsonValue = JsonValue> {
  /** Where nobody knows better. A flag of another type answers it, too. */
  readonly defaultValue?: T;
  /**
   * The flag the experiment is on: what it gives while the experiment does not run, e.g. after a winner was shipped. Left
   * out: learnt from the experiment while it runs, and kept for as long as this handle lives.
   */
  readonly flag?: string;
  /** Told after each `get`. Called at once, so be quick; what it throws changes no answer. */
  readonly onAssigned?: (assignment: Assignment<T | undefined>, context: EvaluationContext) => void;
}

/** An experiment, looked up once. */
export interface ExperimentHandle<T> {
  readonly key: string;
  /** Evaluates the experiment's flag for the context; where the unit is in, that is an exposure. Never throws. */
  get(context: EvaluationContext): Assignment<T>;
}

/** Evaluates a flag for a context; never throws. */
export type EvaluatedFlag = (context: EvaluationContext) => EvaluationDetails<JsonValue | undefined>;

/** What an experiment stands on. */
export interface ExperimentPorts {
  /** The overlay of this key in the state that runs. */
  readonly overlay: (overlayKey: string) => unknown;
  /** A flag, looked up once: of any type, or with a default value of its type. */
  readonly flag: (flagKey: string, defaultValue: JsonValue | undefined) => EvaluatedFlag;
  /** Whether there is a state to evaluate. */
  readonly isReady: () => boolean;
  /** Told of every assignment; must not throw. */
  readonly onAssigned: (
    assignment: Assignment<JsonValue | undefined>,
    context: EvaluationContext,
    listener: ((assignment: Assignment<never>, context: EvaluationContext) => void) | undefined,
  ) => void;
}

/** Makes the handle; finds out about the experiment when it is asked. */
export function createExperiment<T extends JsonValue>(
  ports: ExperimentPorts,
  key: string,
  options: ExperimentOptions<T>,
): ExperimentHandle<T | undefined> {
  const { defaultValue, onAssigned } = options;
  let flagKey = options.flag;
  let evaluate = flagKey === undefined ? undefined : ports.flag(flagKey, defaultValue);
  const learn = (overlay: Partial<Overlay> | undefined): void => {
    const { kind, key: named } = overlay?.target ?? {};
    // A config answers as a flag, with all its values (docs/spec/configuration.md).
    const targetKey = kind === 'config' ? `config:${named}` : kind === 'flag' ? named : undefined;
    if (targetKey === undefined || targetKey === flagKey) return;
    flagKey = targetKey;
    evaluate = ports.flag(targetKey, defaultValue);
  };
  return {
    key,
    get(context) {
      const overlay = overlayOf(ports.overlay(overlayKeyOf(key)));
      learn(overlay);
      const found = evaluate?.(context) ?? unknown(ports.isReady());
      const reason = reasonOf(key, overlay, found, context);
      const assignment = {
        experimentKey: key,
        flagKey,
        inExperiment: reason === 'ASSIGNED',
        reason,
        variant: found.variant,
        value: (found.value === undefined ? defaultValue : found.value) as T | undefined,
      };
      ports.onAssigned(assignment, context, onAssigned);
      return assignment;
    },
  };
}

const overlayOf = (document: unknown): Partial<Overlay> | undefined =>
  typeof document === 'object' && document !== null ? document : undefined;

const unknown = (
  isReady: boolean,
): Pick<EvaluationDetails<undefined>, 'variant' | 'value' | 'errorCode'> => ({
  value: undefined,
  ...(isReady ? {} : { errorCode: 'PROVIDER_NOT_READY' as const }),
});
