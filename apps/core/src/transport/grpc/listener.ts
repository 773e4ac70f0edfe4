// Accepts TCP connections for gRPC. Ours and not grpc-js's own, because that one can neither bound their number nor drop
// those left over at the end.
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface Listener {
  readonly port: number;
  readonly connections: number;
  /** Takes no new connections; resolves when those that are open have ended. */
  close(): Promise<void>;
  /** Drops every connection. */
  destroy(): void;
}

export interface ListenerOptions {
  /** host:port, an IPv6 address in brackets; port 0 takes a free one. */
  readonly address: string;
  readonly connectionsMax: number;
  readonly onConnection: (socket: Socket) => void;
}

/** Starts to listen; rejects when the address cannot be had. */
export function listen({ address, connectionsMax, onConnection }: ListenerOptions): Promise<Listener> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  server.maxConnections = connectionsMax;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(address.slice(colon + 1)), host, () => {
      server.off('error', reject);
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => new Promise((closed) => server.close(() => closed())),
        destroy: () => sockets.forEach((socket) => socket.destroy()),
        get connections() {
          return sockets.size;
        },
      });
    });
  });
}
