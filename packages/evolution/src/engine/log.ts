// What the engine has to tell, as data: who runs it decides where it goes. Pure.
import type { OperatorType, Tier } from '../operators/move.ts';

export type EngineEvent =
  | { readonly level: 'info'; readonly event: 'attempt'; readonly tier: Tier }
  | {
      readonly level: 'info';
      readonly event: 'success';
      readonly tier: Tier;
      readonly operators: readonly OperatorType[];
      readonly words: readonly string[];
    }
  | { readonly level: 'info'; readonly event: 'failure'; readonly tier: Tier; readonly reason: string }
  | {
      readonly level: 'warning';
      readonly event: 'validation_failed';
      readonly tier: Tier;
      readonly stage: string;
      readonly rule: string;
      readonly path: string;
      readonly message: string;
    }
  | { readonly level: 'warning'; readonly event: 'anomaly'; readonly message: string };

/** What a program wants to hear; everything when left out. */
export interface LogChoice {
  readonly mutations?: boolean;
  readonly validation?: boolean;
}

/** Whether an event is wanted. Anomalies always are. */
export const isLogged = (
  { event }: EngineEvent,
  { mutations = true, validation = true }: LogChoice,
): boolean => event === 'anomaly' || (event === 'validation_failed' ? validation : mutations);
