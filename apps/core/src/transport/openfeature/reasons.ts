// What OpenFeature's protocols are told as the reason of an answer. Clients of flagd keep STATIC answers until they hear of a
// change, so STATIC is said only of what nothing but a commit changes: never of a split, a rule, an overlay, a date, nor of a
// flag that a schedule waits to change.
import type { Reason } from '@org/contract';
import type { EvaluateResponse } from '@org/contract/gen/flags/v1/flag_service';
import type { EnvironmentReplica, ViewName } from '../../application.ts';
import { evaluateFlag } from '../methods/evaluation.ts';

interface ReasonRow {
  readonly told: string;
  /** While a schedule waits to change the flag. */
  readonly toldWhenScheduled: string;
}

/** The evaluator says STATIC only of flags without targets, rules, prerequisites and live overlays. */
export const reasonTable: Readonly<Record<Reason, ReasonRow>> = {
  STATIC: { told: 'STATIC', toldWhenScheduled: 'DEFAULT' },
  DEFAULT: { told: 'DEFAULT', toldWhenScheduled: 'DEFAULT' },
  TARGETING_MATCH: { told: 'TARGETING_MATCH', toldWhenScheduled: 'TARGETING_MATCH' },
  SPLIT: { told: 'SPLIT', toldWhenScheduled: 'SPLIT' },
  DISABLED: { told: 'DISABLED', toldWhenScheduled: 'DISABLED' },
  ERROR: { told: 'ERROR', toldWhenScheduled: 'ERROR' },
};

/** Evaluates as `FlagService/Evaluate`, with the reason that OpenFeature's protocols are told. */
export function evaluateForProtocol(
  replica: EnvironmentReplica,
  view: ViewName,
  flagKey: string,
  context: Record<string, unknown>,
): EvaluateResponse {
  const answer = evaluateFlag(replica, view, flagKey, context);
  const row = reasonTable[answer.reason as Reason];
  const reason = replica.scheduledFlags().has(flagKey) ? row.toldWhenScheduled : row.told;
  return reason === answer.reason ? answer : { ...answer, reason };
}

/** What is told beside an answer: which rule decided, and the revision that last changed the flag. */
export function metadataOf({ rule, revision }: EvaluateResponse): Readonly<Record<string, string | number>> {
  return rule === '' ? { revision } : { rule, revision };
}
