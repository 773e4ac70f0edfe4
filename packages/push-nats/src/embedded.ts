// nats-server as a child of the core, for `npm start` and single-node installations: makes the authority once, keeps the
// port, restarts the server when it dies. For production with several cores run nats-server of your own.
import { createServer, type AddressInfo } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createNatsAuthority, type NatsAuthority } from './authority.ts';
import { loadAuthoritySeeds } from './authority-file.ts';
import { serverConfigText } from './server-config.ts';
import { endLeftover, startServerProcess, type ServerProcess } from './server-process.ts';

/** Settings of the embedded server. */
export interface EmbeddedNatsOptions {
  /** Directory that keeps authority, port and streams. */
  readonly dataDirectory: string;
  /** Path of nats-server 2.12 or newer. */
  readonly binary: string;
  /** Address to listen on; loopback unless SDKs on other hosts shall listen. */
  readonly host?: string;
  /** 0: a free port, kept for the next start. */
  readonly port?: number;
  /** Called for each line the server logs. */
  readonly onLog?: (line: string) => void;
}

/** A running embedded server. */
export interface EmbeddedNats {
  readonly servers: readonly string[];
  readonly authority: NatsAuthority;
  readonly pid: number;
  close(): Promise<void>;
}

const restartPauseMs = 500;
const restartPauseMsMax = 10_000;

/**
 * Starts the server and keeps it running until `close`.
 *
 * @throws PushError when it does not come up the first time.
 */
export async function startEmbeddedNats(options: EmbeddedNatsOptions): Promise<EmbeddedNats> {
  const directory = join(options.dataDirectory, 'nats');
  const seeds = await loadAuthoritySeeds(join(directory, 'authority.json'));
  const host = options.host ?? '127.0.0.1';
  // It would hold the port that is to be kept.
  await endLeftover(directory);
  const port = await keptPort(join(directory, 'port'), options.port ?? 0, host);
  const configText = serverConfigText({
    seeds,
    serverName: 'flags-embedded',
    host,
    port,
    storeDirectory: join(directory, 'store'),
  });
  const { binary, onLog } = options;
  const start = (): Promise<ServerProcess> =>
    startServerProcess({ binary, directory, configText, ...(onLog === undefined ? {} : { onLog }) });
  const server = await keepRunning(start);
  return {
    servers: [`nats://${host}:${String(port)}`],
    authority: createNatsAuthority(seeds),
    get pid() {
      return server.pid();
    },
    close: () => server.close(),
  };
}

async function keepRunning(
  start: () => Promise<ServerProcess>,
): Promise<{ pid: () => number; close: () => Promise<void> }> {
  const closing = new AbortController();
  let server = await start();
  const watch = async (): Promise<void> => {
    for (let failures = 0; !closing.signal.aborted; failures += 1) {
      await server.ended;
      await pause(Math.min(restartPauseMs * 2 ** failures, restartPauseMsMax), undefined, {
        signal: closing.signal,
      }).catch(() => undefined);
      if (closing.signal.aborted) return;
      const heir = await start().catch(() => undefined);
      if (heir === undefined) continue;
      server = heir;
      failures = 0;
    }
  };
  const watching = watch();
  const close = async (): Promise<void> => {
    closing.abort();
    await server.stop();
    await watching;
    // The watch may have been starting an heir meanwhile.
    await server.stop();
  };
  return { pid: () => server.pid, close };
}

/** The port of the last start when it is free, so that SDKs find the server again; else another one. */
async function keptPort(file: string, wanted: number, host: string): Promise<number> {
  if (wanted !== 0) return wanted;
  const last = Number(await readFile(file, 'utf8').catch(() => '0'));
  const port = (await freePort(last, host)) ?? (await freePort(0, host)) ?? 0;
  await writeFile(file, String(port));
  return port;
}

function freePort(port: number, host: string): Promise<number | undefined> {
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', () => settle(undefined));
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo;
      server.close(() => settle(address.port));
    });
  });
}
