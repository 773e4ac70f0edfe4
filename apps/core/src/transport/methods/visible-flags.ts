// Which flags a client key may ask for: those of the client view, and no other, not even by name.
import type { EnvironmentReplica } from '../../application.ts';

interface VisibleFlags {
  readonly historyId: string;
  readonly revision: number;
  readonly keys: ReadonlySet<string>;
}

const known = new WeakMap<EnvironmentReplica, VisibleFlags>();

/** Whether the flag stands in the client view at the replica's revision. */
export function isVisible(replica: EnvironmentReplica, flagKey: string): boolean {
  return visibleFlags(replica).has(flagKey);
}

/** The keys of the flags in the client view, found once per revision. */
export function visibleFlags(replica: EnvironmentReplica): ReadonlySet<string> {
  const { historyId, revision } = replica;
  const cached = known.get(replica);
  if (cached?.revision === revision && cached.historyId === historyId) return cached.keys;
  const { documents } = replica.snapshot('client').message;
  const keys = new Set(documents.filter(({ kind }) => kind === 'flag').map(({ key }) => key));
  known.set(replica, { historyId, revision, keys });
  return keys;
}
