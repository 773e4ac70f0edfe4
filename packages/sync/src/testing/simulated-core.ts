// Cores of a simulation: replicas that follow the truth with a lag, serve Watch or a lossy push channel and answer
// fetches. For tests only.
import type { Position, SyncDelta, SyncSnapshot } from '../types.ts';
import type { SeededRandom } from './random.ts';
import type { Truth, TruthEntry } from './truth.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What a core sends unasked. */
export type Pushed =
  | { readonly type: 'snapshot'; readonly snapshot: SyncSnapshot }
  | { readonly type: 'delta'; readonly delta: SyncDelta }
  | { readonly type: 'heartbeat'; readonly heartbeat: Position };

export interface Subscription {
  /** True: Watch. False: a channel that knows deltas and heartbeats only. */
  readonly resumes: boolean;
  push(message: Pushed): void;
  /** The core ended it; the client may or may not hear of it. */
  cut(): void;
}

export interface SimulatedCore {
  readonly up: boolean;
  /** The truth moved on: follow after the lag. */
  follow(): void;
  setLag(ms: number): void;
  subscribe(position: Position | undefined, subscription: Subscription): void;
  unsubscribe(subscription: Subscription): void;
  has(subscription: Subscription): boolean;
  snapshot(): SyncSnapshot;
  /** Undefined when they are no longer held. */
  deltas(
    from: Position,
    limit: number,
  ): { readonly deltas: readonly SyncDelta[]; readonly head: Position } | undefined;
  heartbeat(): void;
  /** Ends all subscriptions and is away for a while. */
  restart(downMs: number): void;
}

export const createSimulatedCore = (
  truth: Truth,
  clock: VirtualClock,
  random: SeededRandom,
): SimulatedCore => {
  const subscriptions = new Set<Subscription>();
  const deltasKept = 3 + random.below(30);
  const pageMax = random.chance(0.5) ? 8 : 1000;
  let index = truth.log.length - 1;
  let lagMs = 20;
  let up = true;

  const current = (): TruthEntry => truth.log[index]!;
  const snapshot = (): SyncSnapshot => ({ ...current().position, documents: current().documents });
  const after = (from: Position): readonly SyncDelta[] | undefined => {
    const { historyId, revision } = current().position;
    if (from.historyId !== historyId || from.revision < revision - deltasKept) return undefined;
    const found: SyncDelta[] = [];
    for (let at = index; at >= 0; at -= 1) {
      const { delta, position } = truth.log[at]!;
      if (position.historyId !== historyId || position.revision <= from.revision) break;
      if (!delta) return undefined;
      found.push(delta);
    }
    found.reverse();
    return found.length === 0 || found[0]!.previousRevision === from.revision ? found : undefined;
  };
  const broadcast = (message: Pushed): void => {
    for (const subscription of subscriptions) subscription.push(message);
  };
  const advance = (to: number): void => {
    while (up && index < to) {
      index += 1;
      const { delta } = current();
      if (delta) broadcast({ type: 'delta', delta });
      else
        for (const each of subscriptions)
          if (each.resumes) each.push({ type: 'snapshot', snapshot: snapshot() });
    }
  };

  return {
    get up() {
      return up;
    },
    follow() {
      const to = truth.log.length - 1;
      clock.after(lagMs * random.next(), () => advance(to));
    },
    setLag(ms) {
      lagMs = ms;
    },
    subscribe(position, subscription) {
      subscriptions.add(subscription);
      if (!subscription.resumes) return;
      const missing = position && after(position);
      const same =
        position?.revision !== current().position.revision || position.hash === current().position.hash;
      if (missing && same) for (const delta of missing) subscription.push({ type: 'delta', delta });
      else subscription.push({ type: 'snapshot', snapshot: snapshot() });
      subscription.push({ type: 'heartbeat', heartbeat: current().position });
    },
    unsubscribe: (subscription) => void subscriptions.delete(subscription),
    has: (subscription) => subscriptions.has(subscription),
    snapshot,
    deltas(from, limit) {
      const found = after(from);
      return found && { deltas: found.slice(0, Math.min(limit, pageMax)), head: current().position };
    },
    heartbeat() {
      if (up) broadcast({ type: 'heartbeat', heartbeat: current().position });
    },
    restart(downMs) {
      up = false;
      const ended = [...subscriptions];
      subscriptions.clear();
      for (const subscription of ended) subscription.cut();
      clock.after(downMs, () => {
        up = true;
        index = truth.log.length - 1;
      });
    },
  };
};
