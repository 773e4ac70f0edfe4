// One page with the real stream machine and replica in it, on the simulated cores. Can be blocked, killed and loaded again
// with what it had stored. For tests only.
import * as checkers from '../../testing/checkers.ts';
import { createMapEvaluator } from '../../testing/map-evaluator.ts';
import type { Subscription } from '../../testing/simulated-core.ts';
import type { SimulatedClient, SimulatedWorld } from '../../testing/simulated-client.ts';
import type { SimulatedNetwork } from '../../testing/simulated-network.ts';
import type { Position, SyncSnapshot, SyncStatus } from '../../types.ts';
import { createStreamMachine, type StreamMessage } from '../stream-machine.ts';
import { createStreamReplica } from '../stream-replica.ts';

interface Page {
  readonly state: { readonly position: Position | undefined; readonly status: SyncStatus };
  block(ms: number): void;
  kill(): void;
}

const connectsMax = 20;
const rateWindowMs = 10_000;

/** Loads its first page at once. */
export const createSimulatedStreamClient = (
  world: SimulatedWorld,
  network: SimulatedNetwork,
): SimulatedClient => {
  const storage: { snapshot: SyncSnapshot | undefined } = { snapshot: undefined };
  let page = loadPage(world, network, storage);
  return {
    network,
    get driver() {
      return page;
    },
    block: (ms) => page.block(ms),
    restart(downMs) {
      page.kill();
      world.clock.after(downMs, () => (page = loadPage(world, network, storage)));
    },
  };
};

const loadPage = (
  { clock, random, truth, cores, violations }: SimulatedWorld,
  network: SimulatedNetwork,
  storage: { snapshot: SyncSnapshot | undefined },
): Page => {
  const evaluator = createMapEvaluator();
  const replica = createStreamReplica(evaluator);
  const monotonic = checkers.checkMonotonic(violations);
  const noPhantom = checkers.checkNoPhantom(violations, truth.wasCommitted);
  const whole = checkers.checkWhole(violations);
  const connections = checkers.checkOneConnection(violations);
  const connectRate = checkers.checkRate(violations, 'ConnectStorm', connectsMax, rateWindowMs);

  let alive = true;
  let status: SyncStatus = 'NOT_READY';
  let blockedUntilMs = 0;
  let inbox: (() => void)[] = [];
  let wakeAtMs = Infinity;
  let close = (): void => undefined;

  const enter = (run: () => void): void => {
    if (!alive) return;
    if (clock.now < blockedUntilMs) inbox.push(run);
    else run();
  };

  const connect = (position: Position | undefined): void => {
    close();
    connections.opened();
    connectRate(clock.now);
    const core = cores[random.below(cores.length)]!;
    const order = { lastMs: 0 };
    let open = true;
    const end = (): void => {
      open = false;
      core.unsubscribe(subscription);
      connections.closed();
    };
    const ended = (): void =>
      enter(() => {
        if (!open) return;
        end();
        machine.closed();
      });
    const subscription: Subscription = {
      resumes: true,
      push: (message) =>
        network.send(message, (arrived) => enter(() => open && machine.receive(messageOf(arrived))), order),
      cut: () => network.whenWhole(() => clock.after(random.next() * 1_000, ended)),
    };
    close = () => {
      if (open) end();
    };
    if (network.parted) return;
    clock.after(network.latency(), () => {
      if (!open || !alive) return;
      if (!core.up) return ended();
      enter(() => open && machine.opened());
      core.subscribe(position, subscription);
    });
  };

  const tickAt = (atMs: number): void =>
    clock.at(atMs, () => {
      if (alive && wakeAtMs === atMs && clock.now >= blockedUntilMs) machine.tick();
    });

  const machine = createStreamMachine(replica, {
    now: () => clock.now,
    random: () => random.next(),
    connect,
    disconnect: () => close(),
    wakeIn(delayMs) {
      wakeAtMs = clock.now + Math.max(0, delayMs);
      tickAt(wakeAtMs);
    },
    onStatus: (next) => (status = next),
    onChange() {
      const position = replica.position!;
      monotonic(position);
      noPhantom(position);
      whole(position, evaluator.hash());
      storage.snapshot = replica.snapshot();
    },
  });

  if (storage.snapshot) replica.load(storage.snapshot);
  machine.start();

  return {
    get state() {
      return { position: replica.position, status };
    },
    block(ms) {
      blockedUntilMs = clock.now + ms;
      clock.at(blockedUntilMs, () => {
        if (!alive) return;
        if (wakeAtMs <= clock.now) machine.tick();
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

const messageOf = (pushed: { readonly type: string }): StreamMessage => pushed as StreamMessage;
