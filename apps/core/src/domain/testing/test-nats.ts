// A real nats-server of a test's own, which can be killed and started again.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createAuthoritySeeds,
  createNatsAuthority,
  serverConfigText,
  startServerProcess,
  type NatsAuthority,
} from '@org/push-nats';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    readonly natsServer: string;
  }
}

export interface TestNats {
  readonly url: string;
  readonly authority: NatsAuthority;
  kill(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Starts it on a free port. */
export async function startNats(): Promise<TestNats> {
  const directory = await mkdtemp(join(tmpdir(), 'flags-nats-'));
  const seeds = await createAuthoritySeeds();
  const port = await freePort();
  const configText = serverConfigText({
    seeds,
    serverName: 'flags-test',
    host: '127.0.0.1',
    port,
    storeDirectory: join(directory, 'store'),
  });
  const start = () => startServerProcess({ binary: inject('natsServer'), directory, configText });
  let server = await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    authority: createNatsAuthority(seeds),
    async kill() {
      server.signal('SIGKILL');
      await server.ended;
    },
    async restart() {
      server = await start();
    },
    async close() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
