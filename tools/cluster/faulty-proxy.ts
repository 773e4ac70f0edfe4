// A TCP proxy between two of our processes that does to the traffic what networks do: delays, cuts, freezes, loses,
// damages. Faults change while it runs; random ones come from a seed, so that a failing run can be repeated.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createRandom } from './random.ts';

/** What happens to traffic. Everything is off unless set. */
export interface Faults {
  /** Each piece is passed on this much later, plus a random part up to `jitterMs`; order is kept. */
  readonly delayMs?: number;
  readonly jitterMs?: number;
  /** At most this many bytes a second and connection, each way. */
  readonly bytesPerSecond?: number;
  /** A connection is reset after so many bytes to the client. */
  readonly resetAfterBytes?: number;
  /** After so many bytes to the client the rest is lost in silence. */
  readonly dropAfterBytes?: number;
  /** Share of pieces to the client that are lost whole. */
  readonly lossShare?: number;
  /** Share of pieces to the client in which one bit is turned. */
  readonly corruptShare?: number;
  /** Connections are taken and stay silent; what is already open falls silent. */
  readonly halfOpen?: boolean;
  /** New connections are reset. */
  readonly refuse?: boolean;
}

/** A running proxy. */
export interface FaultyProxy {
  readonly port: number;
  /** Replaces all faults. */
  setFaults(faults: Faults): void;
  /** Resets every open connection. */
  cut(): void;
  openConnections(): number;
  close(): Promise<void>;
}

interface Shared {
  faults: Faults;
  readonly random: () => number;
  readonly targetPort: number;
  readonly pairs: Set<() => void>;
}

/** Starts a proxy to a port on this host. */
export async function startFaultyProxy(targetPort: number, seed = 1): Promise<FaultyProxy> {
  const shared: Shared = { faults: {}, random: createRandom(seed), targetPort, pairs: new Set() };
  const server = createServer((client) => accept(client, shared));
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const cut = (): void => {
    for (const destroy of shared.pairs) destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    setFaults: (faults) => void (shared.faults = faults),
    cut,
    openConnections: () => shared.pairs.size,
    close: () => closeServer(server, cut),
  };
}

function closeServer(server: Server, cut: () => void): Promise<void> {
  return new Promise((settle) => {
    server.close(() => settle());
    cut();
  });
}

function accept(client: Socket, shared: Shared): void {
  if (shared.faults.refuse === true) {
    client.resetAndDestroy();
    return;
  }
  const target = connect(shared.targetPort, '127.0.0.1');
  const destroy = (): void => {
    shared.pairs.delete(destroy);
    client.resetAndDestroy();
    target.destroy();
  };
  shared.pairs.add(destroy);
  pump(target, client, shared, createDamage(shared, destroy));
  pump(client, target, shared, (piece) => piece);
}

/** Passes pieces on in order; `change` may alter a piece or take it away. */
function pump(from: Socket, to: Socket, shared: Shared, change: (piece: Buffer) => Buffer | undefined): void {
  from.setNoDelay(true);
  let dueAtMs = 0;
  let ended = false;
  const later = (durationMs: number, act: () => void): void => {
    if (durationMs <= 0 && dueAtMs <= performance.now()) return act();
    dueAtMs = Math.max(dueAtMs, performance.now() + durationMs);
    setTimeout(act, dueAtMs - performance.now());
  };
  from.on('data', (piece: Buffer) => {
    const { faults, random } = shared;
    if (faults.halfOpen === true) return;
    const changed = change(piece);
    if (changed === undefined) return;
    const waitMs = (faults.delayMs ?? 0) + random() * (faults.jitterMs ?? 0);
    const sendMs = faults.bytesPerSecond === undefined ? 0 : (piece.length / faults.bytesPerSecond) * 1_000;
    const queued = sendMs > 0 ? Math.max(0, dueAtMs - performance.now()) : 0;
    if (sendMs > 0) holdBack(from, queued + sendMs);
    later(waitMs + queued + sendMs, () => {
      if (!to.destroyed && !to.write(changed)) pauseUntilDrained(from, to);
    });
  });
  const end = (): void => {
    if (ended) return;
    ended = true;
    later(0, () => to.destroy());
  };
  from.on('end', end);
  from.on('close', end);
  from.on('error', () => undefined);
}

function holdBack(socket: Socket, durationMs: number): void {
  socket.pause();
  setTimeout(() => socket.resume(), durationMs);
}

function pauseUntilDrained(from: Socket, to: Socket): void {
  from.pause();
  to.once('drain', () => from.resume());
  to.once('close', () => from.resume());
}

/** What is done to traffic towards the client of one connection. */
function createDamage(shared: Shared, destroy: () => void): (piece: Buffer) => Buffer | undefined {
  let bytes = 0;
  return (piece) => {
    const { faults, random } = shared;
    bytes += piece.length;
    if (faults.resetAfterBytes !== undefined && bytes > faults.resetAfterBytes) {
      destroy();
      return undefined;
    }
    if (faults.dropAfterBytes !== undefined && bytes > faults.dropAfterBytes) return undefined;
    if (faults.lossShare !== undefined && random() < faults.lossShare) return undefined;
    if (faults.corruptShare !== undefined && random() < faults.corruptShare) return turnOneBit(piece, random);
    return piece;
  };
}

function turnOneBit(piece: Buffer, random: () => number): Buffer {
  const copy = Buffer.from(piece);
  const at = Math.floor(random() * copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  return copy;
}
