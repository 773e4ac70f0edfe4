// Which flags a client key may ask for: those of the client view, and no other, not even by name.
import { configFlagKey } from '@org/evaluator/config';
import type { EnvironmentReplica } from '../../application.ts';

interface VisibleFlags {
  readonly historyId: string;
  readonly revision: number;
  readonly keys: ReadonlySet<string>;
  /** What stands for the configs: asked for one by one only. */
  readonly configs: ReadonlySet<string>;
}

const known = new WeakMap<EnvironmentReplica, VisibleFlags>();

/** Whether the flag, or the config behind `config:<key>`, stands in the client view at the replica's revision. */
export function isVisible(replica: EnvironmentReplica, flagKey: string): boolean {
  const { keys, configs } = visible(replica);
  return keys.has(flagKey) || configs.has(flagKey);
}

/** The keys of the flags in the client view, found once per revision. */
export function visibleFlags(replica: EnvironmentReplica): ReadonlySet<string> {
  return visible(replica).keys;
}

function visible(replica: EnvironmentReplica): VisibleFlags {
  const { historyId, revision } = replica;
  const cached = known.get(replica);
  if (cached?.revision === revision && cached.historyId === historyId) return cached;
  const { documents } = replica.snapshot('client').message;
  const keys = new Set(documents.filter(({ kind }) => kind === 'flag').map(({ key }) => key));
  const configs = new Set(
    documents.filter(({ kind }) => kind === 'config').map(({ key }) => configFlagKey(key)),
  );
  const found = { historyId, revision, keys, configs };
  known.set(replica, found);
  return found;
}
