// What bench:chaos harms: real processes of every kind, and a proxy on each link to the clients.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEnvironment, type TestEnvironment } from '@org/tools/cluster/admin-client';
import { startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { startFaultyProxy, type FaultyProxy } from '@org/tools/cluster/faulty-proxy';
import { startSdkHost, type SdkHost } from '@org/tools/cluster/sdk-host';
import { startNatsServer, type NatsServer } from '@org/tools/services/nats-server';
import { startPostgres, type PostgresServer } from '@org/tools/services/postgres';

/** A running installation. */
export interface Installation {
  readonly nats: NatsServer;
  readonly postgres: PostgresServer;
  readonly cores: readonly [CoreProcess, CoreProcess];
  /** Between the clients and each core, and the nats-server. */
  readonly links: readonly FaultyProxy[];
  readonly environment: TestEnvironment;
  readonly hosts: readonly SdkHost[];
  close(): Promise<void>;
}

/** Starts everything and waits until the clients are ready. */
export async function startInstallation(clientsPerTransport: number): Promise<Installation> {
  const [nats, postgres] = [await startNatsServer(), await startPostgres()];
  const push = await startFaultyProxy(nats.port);
  const authorityFile = join(nats.directory, 'authority.json');
  await writeFile(authorityFile, JSON.stringify(nats.authority.seeds), { mode: 0o600 });
  const variables = {
    FLAGS_NATS_URLS: nats.url,
    FLAGS_NATS_ADVERTISED_URLS: `nats://127.0.0.1:${String(push.port)}`,
    FLAGS_NATS_AUTHORITY_FILE: authorityFile,
  };
  const startOne = (): Promise<CoreProcess> =>
    startCore({ databaseUrl: postgres.url, environment: variables });
  const cores = [await startOne(), await startOne()] as const;
  const links = [push, ...(await Promise.all(cores.map(({ grpcPort }) => startFaultyProxy(grpcPort))))];
  const environment = await createEnvironment(cores[0].httpUrl, 'chaos');
  const urls = links.slice(1).map(({ port }) => `http://127.0.0.1:${String(port)}`);
  const open = (transport: 'nats' | 'auto' | 'grpc'): Promise<SdkHost> =>
    startSdkHost({ name: transport, clients: clientsPerTransport, urls, key: environment.sdkKey, transport });
  const hosts = await Promise.all([open('auto'), open('grpc')]);
  const close = async (): Promise<void> => {
    for (const one of [...hosts, ...links, ...cores, postgres, nats]) await one.close();
  };
  return { nats, postgres, cores, links, environment, hosts, close };
}
