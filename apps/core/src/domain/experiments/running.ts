// Experiments as documents hold them.
import type { Experiment, Holdout } from '@org/contract/model';
import type { DocumentSource } from '../environment/document-set.ts';

export interface KeyedExperiment {
  readonly key: string;
  readonly experiment: Experiment;
}

/** All experiments. */
export const experimentsOf = (documents: DocumentSource): readonly KeyedExperiment[] =>
  [...documents.ofKind('experiment')].map(({ key, document }) => ({
    key,
    experiment: document as unknown as Experiment,
  }));

/** Those that expose units now. */
export const runningExperiments = (documents: DocumentSource): readonly KeyedExperiment[] =>
  experimentsOf(documents).filter(({ experiment }) => experiment.life?.state === 'running');

/** All holdouts by their keys. */
export const holdoutsOf = (documents: DocumentSource): ReadonlyMap<string, Holdout> =>
  new Map([...documents.ofKind('holdout')].map(({ key, document }) => [key, document as unknown as Holdout]));
