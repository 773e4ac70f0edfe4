// A loopback port nobody uses now, for servers that must keep theirs over restarts. Below the range that systems give to
// outgoing connections, so that no client takes it while the server is down.
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

const portMin = 15_000;
const portMax = 32_000;
const attemptsMax = 100;

/**
 * A free TCP port on 127.0.0.1.
 *
 * @throws when 100 random ports are all taken.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const port = randomInt(portMin, portMax);
    if (await canListen(port)) return port;
  }
  throw new Error(`no free port between ${String(portMin)} and ${String(portMax)}`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const server = createServer();
    server.on('error', () => settle(false));
    server.listen(port, '127.0.0.1', () => server.close(() => settle(true)));
  });
}
