// The delta of a revision for one view, kept below the size that travels everywhere.
import { Delta, type Document } from '@org/contract/gen/flags/v1/document';
import { limits } from '@org/contract';
import type { ViewName } from '../../application.ts';
import { timestampOf } from './encoded.ts';
import type { EnvironmentState, StateChange } from './environment-state.ts';

// A delta is written to the store and sent to streams: worked out and measured once.
const known = new WeakMap<StateChange, Partial<Record<ViewName, Delta>>>();

/** The message for a previewed change of this environment. */
export function deltaOf(state: EnvironmentState, change: StateChange, view: ViewName): Delta {
  const deltas = known.get(change) ?? {};
  known.set(change, deltas);
  return (deltas[view] ??= makeDelta(state, change, view));
}

/** Above the limit it is empty and marked truncated: clients fetch a snapshot. */
function makeDelta(state: EnvironmentState, change: StateChange, view: ViewName): Delta {
  const { upserts, deletes, hash } = change[view];
  const delta: Delta = {
    environmentId: state.environmentId,
    historyId: state.historyId,
    previousRevision: change.revision - 1,
    revision: change.revision,
    hash,
    upserts: upserts.map(({ kind, key, revision, json }): Document => ({ kind, key, revision, json })),
    deletes: deletes.map(({ kind, key }) => ({ kind, key })),
    committedAt: timestampOf(change.committedAtMs),
    truncated: false,
  };
  if (Delta.encode(delta).finish().byteLength <= limits.deltaBytesMax) return delta;
  return { ...delta, upserts: [], deletes: [], truncated: true };
}
