// What the controller of evolution sees at a look: the config as it is live, and the counts of the phase that runs.
import type { Config } from '@org/contract/model';
import type { EffectiveConfig } from '@org/evaluator/config';
import type { Observations } from '../controller.ts';
import type { ArmCounts } from './evidence.ts';

/** The config a program is about. */
export interface LiveConfig {
  readonly document: Config;
  readonly effective: EffectiveConfig;
  readonly revision: number;
}

/** Counts by candidate, and `control`. */
export interface PhaseCounts {
  /** The number of the phase they are of; counts of another are passed over. */
  readonly number: number;
  readonly arms: { readonly [arm: string]: ArmCounts };
}

/** Only units older than the objective's delay are counted. */
export interface EvolutionObservations extends Observations {
  /** Undefined when it is gone. */
  readonly config: LiveConfig | undefined;
  readonly objective: PhaseCounts;
  /** By metric. */
  readonly guardrails: { readonly [metric: string]: PhaseCounts & { readonly isMoreBetter: boolean } };
  /** Guarded calls: units are calls, events those that failed. */
  readonly errors: PhaseCounts;
  /** Of the holdback: arms `back` and `control`. */
  readonly holdback: PhaseCounts;
  /** Candidates that breakers or shadow evaluations take out at once, and why. */
  readonly alarms: { readonly [candidate: string]: string };
  /** Candidates that the simulated test refused, and why. */
  readonly refusedBySimulation: { readonly [candidate: string]: string };
  /** The one global stop. */
  readonly isStopped: boolean;
}
