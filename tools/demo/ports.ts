// Ports of the demo: the usual ones when they are free, else any.
import { createServer, type AddressInfo } from 'node:net';

/** The port itself when it is free on loopback, else a free one. */
export async function freePortNear(port: number): Promise<number> {
  return (await tryPort(port)) ?? (await tryPort(0)) ?? 0;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const { port: given } = server.address() as AddressInfo;
      server.close(() => resolve(given));
    });
  });
}
