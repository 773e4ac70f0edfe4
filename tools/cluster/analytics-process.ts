// An analytics process of its own, on a port that stays the same over restarts. Knows how to start it, to hurt it and to
// wait for it; nothing about what it computes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../services/free-port.ts';
import { spawnApplication } from './spawn-application.ts';

/** What both sides are told. Not a secret: it lives as long as the test. */
export const analyticsToken = 'token-of-analytics-in-tests';

/** Settings of an analytics process. */
export interface AnalyticsOptions {
  readonly port: number;
  /** Where the log lies: FLAGS_DATABASE_URL, or FLAGS_NATS_URLS and FLAGS_NATS_AUTHORITY_FILE. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface AnalyticsProcess {
  /** What a core needs to ask it. */
  readonly forCore: Readonly<Record<string, string>>;
  readonly dataDirectory: string;
  readonly pid: number;
  isRunning(): boolean;
  output(): string;
  /** SIGKILL, as a crash would be. */
  kill(): Promise<void>;
  /** Starts again on the same data, and waits until it is ready. */
  restart(): Promise<void>;
  /** Throws its DuckDB file away; only while it does not run. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** Variables of a core for the process that listens there. */
export const coreVariables = (port: number): Readonly<Record<string, string>> => ({
  FLAGS_ANALYTICS_URL: `http://127.0.0.1:${String(port)}`,
  FLAGS_ANALYTICS_TOKEN: analyticsToken,
});

/** A port for an analytics process that is started later than its core. */
export const analyticsPort = (): Promise<number> => freePort();

/** Starts it and waits until it is ready. */
export async function startAnalytics({ port, environment }: AnalyticsOptions): Promise<AnalyticsProcess> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'flags-analytics-'));
  const variables = {
    FLAGS_DATA_DIR: dataDirectory,
    FLAGS_ANALYTICS_ADDRESS: `127.0.0.1:${String(port)}`,
    FLAGS_ANALYTICS_TOKEN: analyticsToken,
    ...environment,
  };
  let service = await spawnApplication('analytics', variables);
  return {
    forCore: coreVariables(port),
    dataDirectory,
    get pid() {
      return service.pid;
    },
    isRunning: () => service.isRunning(),
    output: () => service.output(),
    kill: () => service.end('SIGKILL'),
    restart: async () => {
      await service.end('SIGKILL');
      service = await spawnApplication('analytics', variables);
    },
    forget: async () => {
      for (const suffix of ['', '.wal'])
        await rm(join(dataDirectory, `analytics.duckdb${suffix}`), { force: true });
    },
    close: async () => {
      await service.end('SIGTERM', 20_000);
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}
