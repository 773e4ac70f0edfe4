// The part of a client that answers: evaluator, the replica that feeds it, local overrides, and word of what changed.
import { createEvaluator, type EvaluatorOptions, type ReportingEvaluator } from '@org/evaluator';
import { withConfigs, type ConfigEvaluator, type ConfigPorts } from '@org/evaluator/config';
import { jsonLogic } from '@org/evaluator/logic';
import { createReplica, type Replica } from '@org/sync';
import { trackChangedFlags } from './changed-flags.ts';
import type { Emitter } from './emitter.ts';
import { createExperimentOverlays, type ExperimentOverlays } from './experiments.ts';
import { createChunkStore, type ChunkStore } from './lists/chunk-store.ts';
import { createOverrides, type Overrides } from './overrides.ts';
import type { ClientEvents } from './types.ts';

export interface Evaluation {
  readonly evaluator: ReportingEvaluator & ConfigEvaluator;
  readonly replica: Replica;
  readonly overrides: Overrides;
  /** The contents of the lists. */
  readonly chunks: ChunkStore;
  /** The experiments that run. */
  readonly experiments: ExperimentOverlays;
  /** Says what the last load or apply touched; call it when that is complete. */
  announceChange(): void;
}

/** `keepText`: the documents' texts are needed for storing. */
export const createEvaluation = (
  emitter: Emitter<ClientEvents>,
  keepText: boolean,
  options: Pick<EvaluatorOptions, 'onExposure' | 'now' | 'sticky'>,
  ports: ConfigPorts,
): Evaluation => {
  const chunks = createChunkStore();
  const evaluator = withConfigs(
    createEvaluator,
    ports,
  )({
    ...{ ...options, logic: jsonLogic },
    members: (names) => chunks.members(names),
  });
  let touched: () => readonly string[] = () => [];
  const experiments = createExperimentOverlays();
  const tracked = trackChangedFlags(evaluator, (flagKeys) => (touched = flagKeys));
  const replica = createReplica(chunks.track(experiments.track(tracked)), keepText);
  const announce = (flagKeys: readonly string[]): void =>
    emitter.emit('change', { revision: evaluator.revision, flagKeys });
  return {
    evaluator,
    replica,
    chunks,
    experiments,
    overrides: createOverrides(evaluator, announce),
    announceChange() {
      // Following references costs time: only for somebody who listens.
      if (emitter.has('change')) announce(touched());
    },
  };
};
