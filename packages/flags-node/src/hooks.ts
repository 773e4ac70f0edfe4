// Hooks: what an application wants to hear of evaluations, exposures and changes. Without a hook for evaluations handles
// are the evaluator's own, so that hearing nothing costs nothing; a hook that throws changes no answer.
import type { EvaluationContext, EvaluationDetails, JsonValue } from '@org/contract/model';
import type { EvaluatorOptions, FlagHandle, Outcome } from '@org/evaluator';
import type { ConfigPorts, ConfigProblem } from '@org/evaluator/config';
import type { Assignment, ExperimentPorts } from '@org/evaluator/experiment';
import type { Emitter } from './emitter.ts';
import { FlagsError } from './errors.ts';
import type { ClientEvents } from './types.ts';

/** A unit saw what a split or an overlay chose for it. */
export interface Exposure {
  readonly flagKey: string;
  readonly variant: string;
  readonly rule: string;
  readonly revision: number;
  /** The unit stays out of analysis. */
  readonly excluded: boolean;
}

/** What a client tells while it works. Called at once, so be quick. Objects are shared: keep what you need, change nothing. */
export interface Hook {
  /** After each `get` and `details`. What a hook itself evaluates meanwhile is not told. */
  onEvaluation?(details: EvaluationDetails, context: EvaluationContext): void;
  /** Each time an exposure is recorded: once while a unit goes on seeing the same. */
  onExposure?(exposure: Exposure, context: EvaluationContext): void;
  /** After each `get` of an experiment, whether the unit is in or not. */
  onAssigned?(assignment: Assignment<JsonValue | undefined>, context: EvaluationContext): void;
  /** Once for each thing that the application asked a config for and did not get. */
  onConfigProblem?(problem: ConfigProblem): void;
  /** After a change took effect. */
  onChange?(change: ClientEvents['change']): void;
}

/** The hooks of one client. */
export interface Hooks {
  /** The handle, or one that tells the hooks. */
  handleOf<T extends JsonValue>(handle: FlagHandle<T>): FlagHandle<T>;
  /** Undefined when nobody wants to hear. */
  readonly exposed: ((outcome: Outcome, context: EvaluationContext) => void) | undefined;
  /** Tells the hooks, and the listener of one experiment. */
  readonly assigned: ExperimentPorts['onAssigned'];
  readonly configProblem: ConfigPorts['onProblem'];
}

type Tell = (details: EvaluationDetails, context: EvaluationContext) => void;

/** Registers hooks; `onFailure` hears what they throw. @throws FlagsError INVALID_OPTIONS */
export const createHooks = (
  given: readonly Hook[] = [],
  emitter: Emitter<ClientEvents>,
  onFailure: (error: unknown) => void,
): Hooks => {
  const hooks = checkHooks(given);
  const attempt = (call: () => unknown): void => {
    try {
      const result = call();
      // An async hook fails later: nobody else would catch that, and Node ends the process.
      if (result !== undefined) Promise.resolve(result).catch(onFailure);
    } catch (error) {
      onFailure(error);
    }
  };
  for (const hook of hooks) {
    if (hook.onChange) emitter.on('change', (change) => hook.onChange?.(change));
  }
  const evaluated = hooks.filter((hook) => hook.onEvaluation);
  const exposed = hooks.filter((hook) => hook.onExposure);
  const tell: Tell = quietInside((details, context) => {
    for (const hook of evaluated) attempt(() => hook.onEvaluation?.(details, context));
  });
  const tellExposure: NonNullable<Hooks['exposed']> = (outcome, context) => {
    const { flagKey, variant = '', rule = '', revision, excluded } = outcome;
    const exposure = { flagKey, variant, rule, revision, excluded };
    for (const hook of exposed) attempt(() => hook.onExposure?.(exposure, context));
  };
  const tellAssigned: Hooks['assigned'] = (assignment, context, listener) => {
    for (const hook of hooks) if (hook.onAssigned) attempt(() => hook.onAssigned?.(assignment, context));
    if (listener) attempt(() => listener(assignment as Assignment<never>, context));
  };
  return {
    configProblem(problem) {
      for (const hook of hooks) if (hook.onConfigProblem) attempt(() => hook.onConfigProblem?.(problem));
    },
    assigned: quietInside(tellAssigned),
    handleOf: (handle) => (evaluated.length === 0 ? handle : new HookedHandle(handle, tell)),
    exposed: exposed.length === 0 ? undefined : tellExposure,
  };
};

/** What the evaluator calls for an exposure: records it, and tells the hooks of it when that made an event. */
export const exposureListener =
  (
    record: (...exposure: Parameters<NonNullable<EvaluatorOptions['onExposure']>>) => boolean,
    { exposed }: Hooks,
  ): NonNullable<EvaluatorOptions['onExposure']> =>
  (outcome, context, unitHash) => {
    if (record(outcome, context, unitHash)) exposed?.(outcome, context);
  };

/** A hook that evaluates would be told of that, evaluate again, and so on. */
const quietInside = <Told extends readonly unknown[]>(tell: (...told: Told) => void) => {
  let isTelling = false;
  return (...told: Told): void => {
    if (isTelling) return;
    isTelling = true;
    tell(...told);
    isTelling = false;
  };
};

/** A flag whose evaluations are told. */
class HookedHandle<T extends JsonValue> implements FlagHandle<T> {
  readonly key: string;
  readonly defaultValue: T;
  readonly #handle: FlagHandle<T>;
  readonly #tell: Tell;

  constructor(handle: FlagHandle<T>, tell: Tell) {
    this.key = handle.key;
    this.defaultValue = handle.defaultValue;
    this.#handle = handle;
    this.#tell = tell;
  }

  get(context: EvaluationContext): T {
    return this.details(context).value;
  }

  details(context: EvaluationContext): EvaluationDetails<T> {
    const details = this.#handle.details(context);
    this.#tell(details, context);
    return details;
  }
}

/** Whatever an application without types gives. */
const checkHooks = (given: unknown): readonly Hook[] => {
  if (Array.isArray(given) && given.every((hook) => typeof hook === 'object' && hook !== null))
    return [...(given as readonly Hook[])];
  throw new FlagsError(
    'INVALID_OPTIONS',
    'hooks: a list of objects with onEvaluation, onExposure, onAssigned, onConfigProblem, onChange',
  );
};
