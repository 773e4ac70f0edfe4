// Runs the machine: feeds events in order, applies what it asks for, hands everything else to the ports. Shared by the
// SDKs of Node and browsers; must never call a port from inside a port.
import { initialSyncState, step, type SyncState } from './machine.ts';
import type { Replica } from './replica.ts';
import type { SyncAction, SyncEvent } from './types.ts';

/** What the platform provides. No port may throw. */
export interface SyncPorts {
  /** Monotonic milliseconds. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Everything but load and apply, which the driver does itself. */
  perform(action: Exclude<SyncAction, { readonly type: 'load' | 'apply' }>): void;
  /** After a load or apply: what the evaluator runs has changed. */
  changed?(action: Extract<SyncAction, { readonly type: 'load' | 'apply' }>): void;
}

/** A running client machine. */
export interface SyncDriver {
  readonly state: SyncState;
  dispatch(event: SyncEvent): void;
}

/** Connects the machine, a replica and the platform. */
export const createSyncDriver = (replica: Replica, ports: SyncPorts): SyncDriver => {
  let state = initialSyncState;
  let running = false;
  const events: SyncEvent[] = [];

  const perform = (action: SyncAction): void => {
    if (action.type !== 'load' && action.type !== 'apply') return ports.perform(action);
    const result = action.type === 'load' ? replica.load(action.snapshot) : replica.apply(action.delta);
    // Ahead of everything that waits: the machine expects the answer next.
    if (result.ok) events.unshift({ type: 'applied', position: result.position, problems: result.problems });
    else events.unshift({ type: 'refused', reason: result.reason });
    if (result.ok) ports.changed?.(action);
  };

  return {
    get state() {
      return state;
    },
    dispatch(event) {
      events.push(event);
      if (running) return;
      running = true;
      try {
        for (let next = events.shift(); next; next = events.shift()) {
          const result = step(state, { ...next, now: ports.now(), random: ports.random() });
          state = result.state;
          result.actions.forEach(perform);
        }
      } finally {
        running = false;
      }
    },
  };
};
