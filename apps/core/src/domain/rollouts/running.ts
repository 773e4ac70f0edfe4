// Rollouts and breakers as documents hold them.
import { isExposing, type StandingRollout, type TargetFlag } from '@org/automation';
import type { Breaker, Flag, Rollout } from '@org/contract/model';
import type { DocumentSource } from '../environment/document-set.ts';

/** A rollout with its revision; undefined when there is none. */
export function standingRollout(documents: DocumentSource, key: string): StandingRollout | undefined {
  const held = documents.held('rollout', key);
  return held && { key, revision: held.revision, rollout: held.document as unknown as Rollout };
}

/** All rollouts. */
export const rolloutsOf = (documents: DocumentSource): readonly StandingRollout[] =>
  [...documents.ofKind('rollout')].map(({ key, revision, document }) => ({
    key,
    revision,
    rollout: document as unknown as Rollout,
  }));

/** Those that expose units now. */
export const exposingRollouts = (documents: DocumentSource): readonly StandingRollout[] =>
  rolloutsOf(documents).filter(({ rollout }) => isExposing(rollout));

/** The flag that a rollout is about. */
export function targetOf(documents: DocumentSource, { target }: Rollout): TargetFlag | undefined {
  const held = documents.held('flag', target.key);
  return held && { flag: held.document as unknown as Flag, revision: held.revision };
}

/** A breaker with its revision. */
export interface StandingBreaker {
  readonly key: string;
  readonly revision: number;
  readonly changedAtMs: number;
  readonly breaker: Breaker;
}

/** All breakers. */
export const breakersOf = (documents: DocumentSource): readonly StandingBreaker[] =>
  [...documents.ofKind('breaker')].map(({ key, revision, changedAtMs, document }) => ({
    key,
    revision,
    changedAtMs,
    breaker: document as unknown as Breaker,
  }));
