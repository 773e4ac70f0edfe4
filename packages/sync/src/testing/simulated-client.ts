// One process with the real machine, driver and replica in it, on simulated cores. Can be blocked, killed and started
// again with what it had stored. For tests only.
import { createSyncDriver, type SyncDriver } from '../driver.ts';
import * as limits from '../limits.ts';
import type { SyncState } from '../machine.ts';
import { createReplica, type Replica } from '../replica.ts';
import type { SyncAction, SyncEvent, SyncSnapshot } from '../types.ts';
import * as checkers from './checkers.ts';
import { createMapEvaluator } from './map-evaluator.ts';
import type { SeededRandom } from './random.ts';
import type { SimulatedCore, Subscription } from './simulated-core.ts';
import { damageSnapshot, type SimulatedNetwork } from './simulated-network.ts';
import { hashOfDocuments, type Truth } from './truth.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Faults planted in the client itself, to see that the checkers notice. */
export type Sabotage = 'trusts damage' | 'is deaf' | 'forgets to disconnect' | 'fetches in a storm';

export interface SimulatedWorld {
  readonly sabotage?: Sabotage | undefined;
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly truth: Truth;
  readonly cores: readonly SimulatedCore[];
  readonly violations: checkers.Violations;
}

export interface SimulatedClient {
  readonly network: SimulatedNetwork;
  readonly driver: { readonly state: Pick<SyncState, 'position' | 'status'> };
  /** The event loop does not turn for a while; what arrives waits. */
  block(ms: number): void;
  /** Ends at once and is started again after a while, with the stored snapshot, if any. */
  restart(downMs: number): void;
}

interface Process {
  readonly driver: SyncDriver;
  block(ms: number): void;
  kill(): void;
}

const persistDelayMs = 1_000;
const fetchesMax = 25;
const connectsMax = 14;
const rateWindowMs = 10_000;

/** Starts its first process at once. */
export const createSimulatedClient = (world: SimulatedWorld, network: SimulatedNetwork): SimulatedClient => {
  const resumes = world.random.chance(0.5);
  const disk: { snapshot: SyncSnapshot | undefined } = { snapshot: undefined };
  let process = startProcess(world, network, resumes, disk);
  return {
    network,
    get driver() {
      return process.driver;
    },
    block: (ms) => process.block(ms),
    restart(downMs) {
      process.kill();
      world.clock.after(downMs, () => (process = startProcess(world, network, resumes, disk)));
    },
  };
};

const startProcess = (
  { clock, random, truth, cores, violations, sabotage }: SimulatedWorld,
  network: SimulatedNetwork,
  resumes: boolean,
  disk: { snapshot: SyncSnapshot | undefined },
): Process => {
  const evaluator = createMapEvaluator();
  const honest = createReplica(evaluator);
  const replica: Replica =
    sabotage === 'trusts damage'
      ? {
          ...honest,
          load: (snapshot) => honest.load({ ...snapshot, hash: hashOfDocuments(snapshot.documents) }),
        }
      : honest;
  const monotonic = checkers.checkMonotonic(violations);
  const noPhantom = checkers.checkNoPhantom(violations, truth.wasCommitted);
  const whole = checkers.checkWhole(violations);
  const connections = checkers.checkOneConnection(violations);
  const fetchRate = checkers.checkRate(violations, 'FetchStorm', fetchesMax, rateWindowMs);
  const connectRate = checkers.checkRate(violations, 'ConnectStorm', connectsMax, rateWindowMs);
  const bounded = checkers.checkBounded(violations, limits.pendingDeltasMax + limits.deltasPerFetch);

  let alive = true;
  let blockedUntilMs = 0;
  let inbox: (() => void)[] = [];
  let wakeAtMs = Infinity;
  let close = (): void => undefined;

  /** As an event loop does it: timers first, then what arrived. */
  const enter = (run: () => void): void => {
    if (!alive) return;
    if (clock.now < blockedUntilMs) inbox.push(run);
    else run();
  };
  const dispatch = (event: SyncEvent): void => {
    if (!alive || (sabotage === 'is deaf' && event.type === 'heartbeat')) return;
    driver.dispatch(event);
    bounded(driver.state);
  };

  const connect = ({ connection, position }: Extract<SyncAction, { type: 'connect' }>): void => {
    connections.opened();
    connectRate(clock.now);
    const core = cores[random.below(cores.length)]!;
    let open = true;
    const ended = (): void =>
      enter(() => {
        if (!open) return;
        open = false;
        core.unsubscribe(subscription);
        connections.closed();
        dispatch({ type: 'disconnected', connection });
      });
    const subscription: Subscription = {
      resumes,
      push: (message) =>
        network.send(message, (arrived) => enter(() => open && dispatch({ ...arrived, connection }))),
      // A parted client hears of the end when the network is whole again.
      cut: () => network.whenWhole(() => clock.after(random.next() * 1_000, ended)),
    };
    close = () => {
      if (!open) return;
      open = false;
      core.unsubscribe(subscription);
      connections.closed();
    };
    if (network.parted) return;
    clock.after(network.latency(), () => {
      if (!open || !alive) return;
      if (!core.up) return ended();
      enter(() => open && dispatch({ type: 'connected', connection, resumes }));
      core.subscribe(position, subscription);
    });
  };

  const answer = (event: SyncEvent): void => enter(() => dispatch(event));
  const fetchSnapshot = ({ fetch, position }: Extract<SyncAction, { type: 'fetchSnapshot' }>): void => {
    for (let times = sabotage === 'fetches in a storm' ? 30 : 1; times > 0; times -= 1) fetchRate(clock.now);
    const core = cores[random.below(cores.length)]!;
    const failed = (): void => answer({ type: 'fetchFailed', fetch });
    network.call(() => {
      if (!core.up) return failed();
      const snapshot = core.snapshot();
      const same =
        position && position.historyId === snapshot.historyId && position.revision === snapshot.revision;
      if (same && position.hash === snapshot.hash) return answer({ type: 'notModified', fetch });
      const damaged = random.chance(network.faults.poison);
      answer({ type: 'snapshot', fetch, snapshot: damaged ? damageSnapshot(snapshot, random) : snapshot });
    }, failed);
  };
  const fetchDeltas = ({ fetch, position, limit }: Extract<SyncAction, { type: 'fetchDeltas' }>): void => {
    fetchRate(clock.now);
    const core = cores[random.below(cores.length)]!;
    const failed = (): void => answer({ type: 'fetchFailed', fetch });
    network.call(() => {
      if (!core.up) return failed();
      const found = core.deltas(position, limit);
      answer(found ? { type: 'deltas', fetch, ...found } : { type: 'deltasUnavailable', fetch });
    }, failed);
  };

  let persisting = false;
  const persist = (): void => {
    if (persisting) return;
    persisting = true;
    clock.after(persistDelayMs, () => {
      persisting = false;
      const { position } = honest;
      if (alive && position) disk.snapshot = { ...position, documents: [...honest.documents()] };
    });
  };
  const wake = (atMs: number): void => {
    wakeAtMs = atMs;
    if (atMs === Infinity) return;
    clock.at(atMs, () => {
      if (wakeAtMs === atMs && clock.now >= blockedUntilMs) dispatch({ type: 'tick' });
    });
  };

  const perform = (action: Exclude<SyncAction, { type: 'load' | 'apply' }>): void => {
    if (action.type === 'connect') connect(action);
    else if (action.type === 'disconnect') {
      if (sabotage !== 'forgets to disconnect') close();
    } else if (action.type === 'fetchSnapshot') fetchSnapshot(action);
    else if (action.type === 'fetchDeltas') fetchDeltas(action);
    else if (action.type === 'persist') persist();
    else if (action.type === 'wake') wake(action.atMs);
  };
  const driver = createSyncDriver(replica, {
    now: () => clock.now,
    random: () => random.next(),
    perform,
    changed() {
      const position = honest.position!;
      monotonic(position);
      noPhantom(position);
      whole(position, evaluator.hash());
    },
  });

  const stored = disk.snapshot && replica.load(disk.snapshot);
  dispatch(stored?.ok ? { type: 'started', cached: stored.position } : { type: 'started' });

  return {
    driver,
    block(ms) {
      blockedUntilMs = clock.now + ms;
      clock.at(blockedUntilMs, () => {
        if (!alive) return;
        if (wakeAtMs <= clock.now) dispatch({ type: 'tick' });
        for (const run of inbox.splice(0)) run();
        inbox = [];
      });
    },
    kill() {
      alive = false;
      close();
    },
  };
};
