// The network between one simulated client and the cores: loses, doubles, reorders, delays, damages and parts, until
// it is told to be good. For tests only.
import type { SyncDelta, SyncDocument, SyncSnapshot } from '../types.ts';
import type { SeededRandom } from './random.ts';
import type { Pushed } from './simulated-core.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface Faults {
  readonly loss: number;
  readonly duplicate: number;
  readonly damage: number;
  readonly delayMs: number;
  readonly fetchLoss: number;
  /** The share of fetched snapshots that arrive damaged. */
  readonly poison: number;
}

export const noFaults: Faults = { loss: 0, duplicate: 0, damage: 0, delayMs: 20, fetchLoss: 0, poison: 0 };

/** How long a call to a dead peer takes to fail: what transports promise (keep-alive). */
export const callFailsAfterMs = 8_000;

const damageDocument = (document: SyncDocument): SyncDocument => ({ ...document, json: `${document.json} ` });

const damageDelta = (delta: SyncDelta, random: SeededRandom): SyncDelta => {
  const kind = random.below(4);
  if (kind === 0) return { ...delta, upserts: delta.upserts.map(damageDocument), deletes: [] };
  if (kind === 1) return { ...delta, hash: 'ffffffffffffffff' };
  if (kind === 2) return { ...delta, historyId: 'garbage' };
  return { ...delta, upserts: [{ kind: 'flag', key: 'k0', revision: 1, json: '{' }], deletes: [] };
};

export const damageSnapshot = (snapshot: SyncSnapshot, random: SeededRandom): SyncSnapshot =>
  random.chance(0.5)
    ? {
        ...snapshot,
        documents: snapshot.documents.slice(1),
        hash: snapshot.documents.length > 0 ? snapshot.hash : 'bad',
      }
    : {
        ...snapshot,
        documents: [
          ...snapshot.documents.map(damageDocument),
          { kind: 'flag', key: 'k0', revision: 0, json: '' },
        ],
      };

const damage = (message: Pushed, random: SeededRandom): Pushed => {
  if (message.type === 'delta') return { type: 'delta', delta: damageDelta(message.delta, random) };
  if (message.type === 'snapshot')
    return { type: 'snapshot', snapshot: damageSnapshot(message.snapshot, random) };
  return { type: 'heartbeat', heartbeat: { ...message.heartbeat, hash: 'eeeeeeeeeeeeeeee' } };
};

export interface SimulatedNetwork {
  faults: Faults;
  /** Nothing passes in either direction. */
  readonly parted: boolean;
  part(): void;
  heal(): void;
  /** Runs now if not parted, else when healed. */
  whenWhole(run: () => void): void;
  /**
   * A message on its way: arrives never, once or twice, whole or damaged, soon or late. What is sent in the same `order`
   * arrives in order, as on a byte stream.
   */
  send(message: Pushed, arrive: (message: Pushed) => void, order?: { lastMs: number }): void;
  /** Runs `answered` after a round trip, or `failed`. */
  call(answered: () => void, failed: () => void): void;
  latency(): number;
}

export const createSimulatedNetwork = (clock: VirtualClock, random: SeededRandom): SimulatedNetwork => {
  let parted = false;
  let waiting: (() => void)[] = [];
  const network: SimulatedNetwork = {
    faults: noFaults,
    get parted() {
      return parted;
    },
    part() {
      parted = true;
    },
    heal() {
      parted = false;
      for (const run of waiting.splice(0)) run();
      waiting = [];
    },
    whenWhole: (run) => (parted ? void waiting.push(run) : run()),
    latency: () => 1 + random.next() * network.faults.delayMs,
    send(message, arrive, order = { lastMs: 0 }) {
      const { faults } = network;
      if (parted || random.chance(faults.loss)) return;
      const copies = random.chance(faults.duplicate) ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        const sent = random.chance(faults.damage) ? damage(message, random) : message;
        order.lastMs = Math.max(order.lastMs, clock.now + network.latency());
        clock.at(order.lastMs, () => {
          if (!parted) arrive(sent);
        });
      }
    },
    call(answered, failed) {
      if (parted || random.chance(network.faults.fetchLoss)) {
        clock.after(random.next() * callFailsAfterMs, failed);
      } else {
        clock.after(network.latency() + network.latency(), () =>
          parted ? clock.after(random.next() * callFailsAfterMs, failed) : answered(),
        );
      }
    },
  };
  return network;
};
