// A core as a real process, on ports that stay the same over restarts. Knows how to start it, to hurt it and to wait for
// it; nothing about what it does.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../services/free-port.ts';
import { spawnApplication } from './spawn-application.ts';

/** The key of the first admin of every core that is started here. Not a secret: it lives as long as the test. */
export const adminKey = 'flags_p_clusteradmin_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG';

/**
 * For tests that compare answers: a core that is late on a busy machine refuses calls, and what its callers then answer is not
 * what is asked.
 */
export const patience = { FLAGS_LOOP_DELAY_MS_TARGET: '50000', FLAGS_LOOP_DELAY_MS_MAX: '60000' };

/** Settings of a core. */
export interface CoreOptions {
  /** postgres://…; left out: SQLite in a directory of its own. */
  readonly databaseUrl?: string;
  /** Put the data here (e.g. a small tmpfs) instead of a temporary directory. */
  readonly dataDirectory?: string;
  /** More environment variables, e.g. FLAGS_NATS_URLS. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A core process. */
export interface CoreProcess {
  readonly grpcPort: number;
  readonly grpcUrl: string;
  readonly httpUrl: string;
  readonly dataDirectory: string;
  readonly pid: number;
  isRunning(): boolean;
  /** The last lines it logged. */
  output(): string;
  /** Resolves when the process is gone. */
  ended(): Promise<string>;
  /** SIGKILL, as a crash would be. */
  kill(): Promise<void>;
  /** SIGTERM, and waits until it ended in order. */
  stop(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Starts again on the same ports and data, with these variables changed; waits until it is ready. */
  restart(environment?: Readonly<Record<string, string>>): Promise<void>;
  /** Stops it and removes its directory. */
  close(): Promise<void>;
}

/** Starts a core and waits until it is ready. */
export async function startCore(options: CoreOptions = {}): Promise<CoreProcess> {
  const own = options.dataDirectory === undefined;
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'flags-core-')));
  const [grpcPort, httpPort] = [await freePort(), await freePort()];
  const fixed = {
    FLAGS_DATA_DIR: dataDirectory,
    FLAGS_GRPC_ADDRESS: `127.0.0.1:${String(grpcPort)}`,
    FLAGS_HTTP_ADDRESS: `127.0.0.1:${String(httpPort)}`,
    FLAGS_BOOTSTRAP_ADMIN_KEY: adminKey,
    ...(options.databaseUrl === undefined ? {} : { FLAGS_DATABASE_URL: options.databaseUrl }),
    ...options.environment,
  };
  let service = await spawnApplication('core', fixed);
  return {
    grpcPort,
    grpcUrl: `http://127.0.0.1:${String(grpcPort)}`,
    httpUrl: `http://127.0.0.1:${String(httpPort)}`,
    dataDirectory,
    get pid() {
      return service.pid;
    },
    isRunning: () => service.isRunning(),
    output: () => service.output(),
    ended: () => service.ended,
    kill: () => service.end('SIGKILL'),
    stop: () => service.end('SIGTERM', 20_000),
    pause: () => service.signal('SIGSTOP'),
    resume: () => service.signal('SIGCONT'),
    restart: async (environment = {}) => {
      await service.end('SIGKILL');
      service = await spawnApplication('core', { ...fixed, ...environment });
    },
    close: async () => {
      await service.end('SIGTERM', 20_000);
      if (own) await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}
