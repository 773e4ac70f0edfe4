// One seeded run: clients and cores under a mix of faults, then peace, then judgement. For tests only.
import * as checkers from './checkers.ts';
import { createRandom, type SeededRandom } from './random.ts';
import {
  createSimulatedClient,
  type Sabotage,
  type SimulatedClient,
  type SimulatedWorld,
} from './simulated-client.ts';
import { createSimulatedCore, type SimulatedCore } from './simulated-core.ts';
import { createSimulatedNetwork, noFaults, type Faults, type SimulatedNetwork } from './simulated-network.ts';
import { createTruth } from './truth.ts';
import { createVirtualClock } from './virtual-clock.ts';

/** What a run showed. */
export interface SimulationResult {
  readonly violations: readonly string[];
  readonly revisions: number;
}

const heartbeatMs = 5_000;
const convergeWithinDefaultMs = 15_000;

const someFaults = (random: SeededRandom): Faults => {
  const often = (max: number): number => (random.chance(0.6) ? random.next() * max : 0);
  return {
    loss: often(0.3),
    duplicate: often(0.3),
    damage: often(0.1),
    delayMs: random.chance(0.3) ? 3_000 : 100,
    fetchLoss: often(0.3),
    poison: random.chance(0.1) ? 1 : often(0.2),
  };
};

/** Starts a client in a simulated world. */
export type CreateClient = (world: SimulatedWorld, network: SimulatedNetwork) => SimulatedClient;

/** Runs one seed; the same seed gives the same result. `sabotage` breaks the clients, to test the checkers. */
export const runSimulation = (
  seed: number,
  sabotage?: Sabotage,
  createClient: CreateClient = createSimulatedClient,
  convergeWithinMs: number = convergeWithinDefaultMs,
): SimulationResult => {
  const random = createRandom(seed);
  const clock = createVirtualClock();
  const truth = createTruth(random);
  const violations: string[] = [];
  for (let count = random.below(10); count > 0; count -= 1) truth.commit();
  const cores = Array.from({ length: 1 + random.below(3) }, () => createSimulatedCore(truth, clock, random));
  const world: SimulatedWorld = { clock, random, truth, cores, violations, sabotage };
  const clients = Array.from({ length: 1 + random.below(3) }, () =>
    createClient(world, createSimulatedNetwork(clock, random)),
  );
  const faultsEndMs = random.between(10_000, 40_000);

  for (const client of clients) client.network.faults = someFaults(random);
  startHeartbeats(world);
  scheduleCommits(world, faultsEndMs);
  scheduleFaults(world, clients, faultsEndMs);
  clock.runUntil(faultsEndMs);

  // The faults are over: cores are up and level, networks whole and quick, processes run.
  for (const core of cores) makePeace(core);
  for (const { network } of clients) {
    network.faults = noFaults;
    network.heal();
  }
  clock.runUntil(faultsEndMs + convergeWithinMs);
  for (const client of clients) checkers.checkConverged(violations, truth.head.position, client.driver.state);
  return { violations, revisions: truth.log.length };
};

const makePeace = (core: SimulatedCore): void => {
  core.setLag(20);
  core.follow();
};

const startHeartbeats = ({ clock, cores, random }: SimulatedWorld): void => {
  for (const core of cores) {
    const beat = (): void => {
      core.heartbeat();
      clock.after(heartbeatMs, beat);
    };
    clock.after(random.next() * heartbeatMs, beat);
  }
};

/** Repeats something at random moments until the faults end. */
const repeat = ({ clock, random }: SimulatedWorld, endMs: number, meanMs: number, run: () => void): void => {
  const next = (): void => {
    const atMs = clock.now + random.between(0, 2 * meanMs);
    if (atMs >= endMs) return;
    clock.at(atMs, () => {
      run();
      next();
    });
  };
  next();
};

const scheduleCommits = (world: SimulatedWorld, endMs: number): void => {
  const { random, truth, cores } = world;
  const move = (run: () => void): void => {
    run();
    for (const core of cores) core.follow();
  };
  repeat(world, endMs, random.between(200, 3_000), () => move(() => truth.commit()));
  if (random.chance(0.3)) repeat(world, endMs, 15_000, () => move(() => truth.restore()));
};

const scheduleFaults = (world: SimulatedWorld, clients: readonly SimulatedClient[], endMs: number): void => {
  const { clock, random, cores } = world;
  const untilEnd = (ms: number): number => Math.min(ms, endMs - clock.now);
  for (const client of clients) {
    if (random.chance(0.4)) {
      repeat(world, endMs, 8_000, () => {
        client.network.part();
        clock.after(untilEnd(random.between(0, 25_000)), () => client.network.heal());
      });
    }
    if (random.chance(0.3))
      repeat(world, endMs, 10_000, () => client.block(untilEnd(random.between(0, 20_000))));
    if (random.chance(0.3))
      repeat(world, endMs, 10_000, () => client.restart(untilEnd(random.between(0, 5_000))));
  }
  for (const core of cores) {
    if (random.chance(0.4))
      repeat(world, endMs, 10_000, () => core.restart(untilEnd(random.between(0, 20_000))));
    if (random.chance(0.3))
      repeat(world, endMs, 8_000, () => core.setLag(random.chance(0.5) ? 20 : random.between(0, 20_000)));
  }
};
