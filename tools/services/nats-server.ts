// Real nats-servers of one's own for a test: with our authority, temporary directories and free loopback ports. They can
// be killed, paused and restarted, alone or as a cluster of three.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createAuthoritySeeds,
  createNatsAuthority,
  serverConfigText,
  startServerProcess,
  type ClusterConfig,
  type NatsAuthority,
  type ServerProcess,
} from '@org/push-nats';
import { freePort } from './free-port.ts';
import { resolveNatsServer } from './nats-binary.ts';

/** A running nats-server. */
export interface NatsServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly authority: NatsAuthority;
  /** Directory of configuration, streams and account records. */
  readonly directory: string;
  /** SIGKILL, as a crash would be. */
  kill(): Promise<void>;
  /** Ends the server in order. */
  stop(): Promise<void>;
  /** Starts again on the same port with the same store. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Stops the server and removes its directory. */
  close(): Promise<void>;
}

/** Settings of a test server. */
export interface NatsServerOptions {
  readonly authority?: NatsAuthority;
  /** Put the store here (e.g. a small tmpfs) instead of the temporary directory. */
  readonly parentDirectory?: string;
  readonly storeBytesMax?: number;
  readonly onLog?: (line: string) => void;
}

/** Starts one server. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const authority = options.authority ?? createNatsAuthority(await createAuthoritySeeds());
  return startMember(authority, 'flags-test', await freePort(), undefined, options);
}

/** Starts a cluster of three servers with JetStream, which elect their leaders on their own. */
export async function startNatsCluster(
  options: NatsServerOptions = {},
): Promise<readonly [NatsServer, NatsServer, NatsServer]> {
  const authority = options.authority ?? createNatsAuthority(await createAuthoritySeeds());
  const routes = [await freePort(), await freePort(), await freePort()] as const;
  const start = async (index: 0 | 1 | 2): Promise<NatsServer> => {
    const cluster: ClusterConfig = {
      name: 'flags-test',
      host: '127.0.0.1',
      port: routes[index],
      user: 'route',
      password: 'loopback-only',
      members: routes.map((port) => `127.0.0.1:${String(port)}`),
    };
    return startMember(authority, `flags-test-${String(index)}`, await freePort(), cluster, options);
  };
  return Promise.all([start(0), start(1), start(2)]);
}

async function startMember(
  authority: NatsAuthority,
  serverName: string,
  port: number,
  cluster: ClusterConfig | undefined,
  options: NatsServerOptions,
): Promise<NatsServer> {
  const binary = await resolveNatsServer();
  const directory = await mkdtemp(join(options.parentDirectory ?? tmpdir(), 'flags-nats-'));
  const configText = serverConfigText({
    seeds: authority.seeds,
    serverName,
    host: '127.0.0.1',
    port,
    storeDirectory: join(directory, 'store'),
    ...(options.storeBytesMax === undefined ? {} : { storeBytesMax: options.storeBytesMax }),
    ...(cluster === undefined ? {} : { cluster }),
  });
  const onLog = options.onLog === undefined ? {} : { onLog: options.onLog };
  const start = (): Promise<ServerProcess> => startServerProcess({ binary, directory, configText, ...onLog });
  return control(await start(), start, { authority, port, directory });
}

function control(
  first: ServerProcess,
  start: () => Promise<ServerProcess>,
  facts: Pick<NatsServer, 'authority' | 'port' | 'directory'>,
): NatsServer {
  let server = first;
  return {
    ...facts,
    url: `nats://127.0.0.1:${String(facts.port)}`,
    get pid() {
      return server.pid;
    },
    kill: async () => {
      server.signal('SIGKILL');
      await server.ended;
    },
    stop: () => server.stop(),
    restart: async () => {
      await server.stop();
      server = await start();
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    close: async () => {
      await server.stop();
      await rm(facts.directory, { recursive: true, force: true });
    },
  };
}
