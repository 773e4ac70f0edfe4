// Experiments (and rollouts) of a client: learnt from the overlays of the state that runs, so that nothing is asked of the core.
import { createExperiment, experimentKeyOf, type ExperimentPorts } from '@org/evaluator/experiment';
import type { Evaluator, FlagHandle } from '@org/evaluator';
import type { JsonValue } from '@org/contract/model';
import type { ParsedDocument, ReplicaEvaluator, SyncDocumentRef } from '@org/sync';
import type { Hooks } from './hooks.ts';
import { isRolloutOverlay } from './rollouts.ts';
import type { FlagsClient } from './types.ts';

/** The overlays of experiments and rollouts. */
export interface ExperimentOverlays {
  readonly get: (overlayKey: string) => unknown;
  /** An evaluator that tells of them. */
  track(evaluator: ReplicaEvaluator): ReplicaEvaluator;
}

const isNamed = ({ kind, key }: SyncDocumentRef): boolean =>
  kind === 'overlay' && (experimentKeyOf(key) !== undefined || isRolloutOverlay(key));

/** None, until documents are loaded. */
export const createExperimentOverlays = (): ExperimentOverlays => {
  let overlays = new Map<string, unknown>();
  const note = (documents: readonly ParsedDocument[]): void => {
    for (const each of documents) if (isNamed(each)) overlays.set(each.key, each.document);
  };
  return {
    get: (overlayKey) => overlays.get(overlayKey),
    track: (evaluator) => ({
      load(documents, revision) {
        const all = [...documents];
        overlays = new Map();
        note(all);
        return evaluator.load(all, revision);
      },
      apply(change) {
        for (const each of change.deletes) if (isNamed(each)) overlays.delete(each.key);
        note(change.upserts);
        return evaluator.apply(change);
      },
    }),
  };
};

/** `experiment` of a client. */
export const experimentMethod = (
  evaluator: Evaluator,
  overlays: Pick<ExperimentOverlays, 'get'>,
  hooks: Hooks,
): FlagsClient['experiment'] => {
  const ports: ExperimentPorts = {
    overlay: overlays.get,
    flag: (key, defaultValue) => {
      const handle = hooks.handleOf(flagOf(evaluator, key, defaultValue));
      return (context) => handle.details(context);
    },
    isReady: () => evaluator.revision >= 0,
    onAssigned: hooks.assigned,
  };
  return (key, options) => createExperiment(ports, key, options ?? {}) as never;
};

/** Of any type without a default value: nobody asked for one. */
const flagOf = (
  evaluator: Evaluator,
  key: string,
  defaultValue: JsonValue | undefined,
): FlagHandle<JsonValue> => {
  switch (typeof defaultValue) {
    case 'undefined': {
      const details = (context: Parameters<Evaluator['evaluate']>[1]) =>
        evaluator.evaluate(key, context) as ReturnType<FlagHandle<JsonValue>['details']>;
      return { key, defaultValue: null, details, get: (context) => details(context).value };
    }
    case 'boolean':
      return evaluator.boolean(key, defaultValue);
    case 'string':
      return evaluator.string(key, defaultValue);
    case 'number':
      return evaluator.number(key, defaultValue);
    default:
      return evaluator.object(key, defaultValue);
  }
};
