// Rollouts and breakers as documents hold them.
import { isExposing, type ShippedTarget, type StandingRollout } from '@org/automation';
import { applyConfigPatch, effectiveConfig } from '@org/evaluator/config';
import type { Breaker, Config, JsonObject, Rollout } from '@org/contract/model';
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

/** What a rollout is about, as it would be shipped: undefined when it is not there, or is no longer sound. */
export function shippedTarget(documents: DocumentSource, rollout: Rollout): ShippedTarget | undefined {
  const { target, variant, patch = {} } = rollout;
  const held = documents.held(target.kind, target.key);
  if (held === undefined) return undefined;
  const { revision, document } = held;
  if (target.kind === 'flag') return { document: { ...document, default: { variant } }, revision };
  const effective = effectiveConfig(target.key, (name) => {
    const found = documents.get('config', name);
    return found === undefined ? undefined : { document: found, revision: 0 };
  });
  if ('problem' in effective) return undefined;
  const config = applyConfigPatch(document as unknown as Config, effective, patch);
  return { document: config as unknown as JsonObject, revision };
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
