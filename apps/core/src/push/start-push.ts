// Composes the push channel from the NATS adapter: a server of our own as a child, or servers that are there already.
// Without either the core works as well, over gRPC and HTTP streams alone.
import { join } from 'node:path';
import { succeed } from '@org/contract';
import type { Result } from '@org/contract';
import type { NatsAccess } from '@org/contract/gen/flags/v1/sync_service';
import {
  createDeltaPublisher,
  createNatsAuthority,
  createRevoker,
  loadAuthoritySeeds,
  startEmbeddedNats,
} from '@org/push-nats';
import type { DeltaPublisher, EmbeddedNats, NatsAuthority } from '@org/push-nats';
import { createEventLogWriter, type EventLogWriter } from '@org/push-nats/events';
import type { AccessDirectory, PushAccess } from '../application.ts';
import type { Runtime } from '../runtime.ts';
import type { Logger } from '@org/service';

/** What an operator can set about the push channel. */
export interface PushSettings {
  /** Servers that are there already. */
  readonly urls: readonly string[];
  /** Where SDKs find the servers; empty: at the same addresses. */
  readonly advertisedUrls: readonly string[];
  /** Path of nats-server, to be run as a child when no servers are named. */
  readonly serverBinary: string | undefined;
  /** The secrets that credentials are made from. */
  readonly authorityFile: string;
  readonly tlsCa: string | undefined;
  /** Copies of the stream in a cluster. */
  readonly replicas: number;
}

/** What an operator can set about the event log in JetStream. */
export interface EventLogSettings {
  readonly retentionMs: number;
  readonly bytesMax: number;
}

export interface PushPorts {
  readonly dataDir: string;
  readonly runtime: Runtime;
  readonly logger: Logger;
}

/** A push channel in use. */
export interface Push {
  readonly mode: 'embedded' | 'external';
  readonly servers: readonly string[];
  readonly publisher: DeltaPublisher;
  readonly access: PushAccess;
  /** Starts writing the event log into JetStream; the caller closes it. */
  openEventLog(settings: EventLogSettings): EventLogWriter;
  /** Ends the connections of keys when the keys end. */
  follow(directory: Pick<AccessDirectory, 'onKeyEnded'>): void;
  close(): Promise<void>;
}

interface Servers {
  readonly urls: readonly string[];
  readonly authority: NatsAuthority;
  readonly embedded: EmbeddedNats | undefined;
}

/** Undefined when no push channel is configured. Does not wait for servers that are there already. */
export async function startPush(settings: PushSettings, ports: PushPorts): Promise<Push | undefined> {
  const servers = await findServers(settings, ports);
  if (servers === undefined) return undefined;
  const { runtime, logger } = ports;
  const connection = {
    servers: servers.urls,
    random: () => runtime.random(),
    ...(settings.tlsCa === undefined ? {} : { tls: { ca: settings.tlsCa } }),
  };
  const publisher = createDeltaPublisher({
    ...connection,
    credentials: () => servers.authority.coreCredentials(),
    stream: { replicas: settings.replicas },
    onState: (state, detail) => logger.info({ state, detail }, 'push channel'),
  });
  const revoker = createRevoker({
    ...connection,
    authority: servers.authority,
    now: () => runtime.now(),
    onError: (error) => logger.warn({ err: error }, 'a revocation has not reached the push channel yet'),
  });
  const advertised = settings.advertisedUrls.length > 0 ? settings.advertisedUrls : servers.urls;
  return {
    mode: servers.embedded === undefined ? 'external' : 'embedded',
    servers: servers.urls,
    publisher,
    access: {
      grant: (environmentId, keyId) =>
        grant(servers.authority, advertised, runtime.now(), environmentId, keyId),
    },
    openEventLog: ({ retentionMs, bytesMax }) =>
      createEventLogWriter({
        ...connection,
        credentials: () => servers.authority.coreCredentials(),
        stream: { replicas: settings.replicas, retentionMs, bytesMax },
        onState: (state, detail) => logger.info({ state, detail }, 'event log'),
      }),
    follow(directory) {
      directory.onKeyEnded((keyId) => void revoker.revoke(keyId));
    },
    async close() {
      await Promise.all([publisher.close(), revoker.close()]);
      await servers.embedded?.close();
    },
  };
}

async function findServers(
  settings: PushSettings,
  { dataDir, logger }: PushPorts,
): Promise<Servers | undefined> {
  if (settings.urls.length > 0) {
    const authority = createNatsAuthority(await loadAuthoritySeeds(settings.authorityFile));
    return { urls: settings.urls, authority, embedded: undefined };
  }
  if (settings.serverBinary === undefined) return undefined;
  const embedded = await startEmbeddedNats({
    dataDirectory: dataDir,
    binary: settings.serverBinary,
    onLog: (line) => logger.debug({ line }, 'nats-server'),
  });
  return { urls: embedded.servers, authority: embedded.authority, embedded };
}

async function grant(
  authority: NatsAuthority,
  servers: readonly string[],
  nowMs: number,
  environmentId: string,
  keyId: string,
): Promise<Result<NatsAccess>> {
  const { expiresAtMs, ...credentials } = await authority.listenerCredentials({
    environmentId,
    keyId,
    nowMs,
  });
  const seconds = Math.floor(expiresAtMs / 1000);
  return succeed({ servers: [...servers], ...credentials, expiresAt: { seconds, nanos: 0 } });
}

/** Where the secrets are kept unless told otherwise: the embedded server keeps them there, too. */
export function defaultAuthorityFile(dataDir: string): string {
  return join(dataDir, 'nats', 'authority.json');
}
