// Composes the transports over an application: access, limits, gRPC, HTTP, metrics; and takes them down in order.
import { ServerCredentials } from '@grpc/grpc-js';
import type { TlsOptions } from 'node:tls';
import { createAuthenticator } from '../access/authenticator.ts';
import { createKnownOrigins } from '../access/origins.ts';
import type { Application } from '../application.ts';
import { createAdmission } from '../limits/admission.ts';
import type { AdmissionLimits } from '../limits/admission.ts';
import { createByteBudget } from '../limits/byte-budget.ts';
import { measureLoopDelay } from '../limits/loop-delay.ts';
import type { Runtime } from '../runtime.ts';
import type { Logger } from '@org/service';
import { createMetrics } from '../telemetry/metrics.ts';
import type { Measure } from '../telemetry/metrics.ts';
import { startFlagdServer } from './flagd/flagd-server.ts';
import type { FlagdServer } from './flagd/flagd-server.ts';
import { startGrpcServer } from './grpc/grpc-server.ts';
import type { GrpcServer, GrpcServerOptions } from './grpc/grpc-server.ts';
import type { HttpContext } from './http/http-context.ts';
import { startHttpServer } from './http/http-server.ts';
import type { HttpServer } from './http/http-server.ts';
import { createExposureRecorder, noExposures } from './openfeature/exposures.ts';
import { createOpenStreams, shuttingDown } from './open-streams.ts';
import { transportMeasures } from './transport-measures.ts';

/** Settings of the transports; every one of them stands in docs/operations.md. */
export interface TransportSettings {
  readonly grpc: {
    readonly address: string;
    readonly reflection: boolean;
    readonly tls: ServerTls | undefined;
  };
  readonly http: { readonly host: string; readonly port: number; readonly tls: ServerTls | undefined };
  /** A listener of its own for flagd's protocols, with the key of calls that bring none. */
  readonly flagd: { readonly address: string; readonly key: string | undefined } | undefined;
  /** False: evaluations by calls record no exposures. */
  readonly remoteExposures: boolean;
  readonly metricsToken: string | undefined;
  readonly trustedOrigins: readonly string[];
  readonly admission: AdmissionLimits;
  readonly streamsMax: number;
  readonly streamsPerKeyMax: number;
  readonly streamsPerConnectionMax: number;
  readonly streamBacklogBytesMax: number;
  readonly backlogBytesMax: number;
  readonly bodyBytesMax: number;
  readonly grpcConnectionsMax: number;
  readonly httpConnectionsMax: number;
}

/** PEM texts. With `clientCa` only clients with a certificate of it may connect. */
export interface ServerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly clientCa: Buffer | undefined;
}

export interface TransportPorts {
  readonly application: Application;
  readonly runtime: Runtime;
  readonly logger: Logger;
  /** Why the server is not ready, by name; asked at every probe. */
  notReady(): readonly string[];
  /** What is wrong though calls are answered; told by /readyz. */
  warnings?(): readonly string[];
  /** More numbers for /metrics. */
  measures(): readonly Measure[];
}

export interface Transports {
  readonly grpc: GrpcServer;
  readonly http: HttpServer;
  readonly flagd: FlagdServer | undefined;
  /** Turns not ready, ends streams with SHUTTING_DOWN, waits for calls under way up to `graceMs`, closes. */
  close(graceMs: number): Promise<void>;
}

const readinessIntervalMs = 1_000;

/** Listens on both ports; rejects, with neither open, when one cannot be had. */
export async function startTransports(
  ports: TransportPorts,
  settings: TransportSettings,
): Promise<Transports> {
  const { application, runtime } = ports;
  const loopDelay = measureLoopDelay(runtime);
  const context: HttpContext = {
    application,
    runtime,
    logger: ports.logger,
    authenticator: createAuthenticator({ directory: application.access, runtime }),
    admission: createAdmission(settings.admission, loopDelay, () => runtime.random()),
    streams: createOpenStreams(settings.streamsPerKeyMax, settings.streamsMax),
    exposures: settings.remoteExposures
      ? createExposureRecorder({ events: application.events, runtime })
      : noExposures,
    backlogBytesMax: settings.streamBacklogBytesMax,
    backlogBudget: createByteBudget(settings.backlogBytesMax),
    bodyBudget: createByteBudget(settings.bodyBytesMax),
    knownOrigins: createKnownOrigins(application.access, runtime),
    trustedOrigins: settings.trustedOrigins,
  };
  let closing = false;
  const notReady = (): readonly string[] => [...(closing ? ['shutting_down'] : []), ...ports.notReady()];
  const release = (): void => {
    loopDelay.close();
    context.authenticator.close();
  };
  const servers = await openServers(context, settings, ports, notReady).catch((error: unknown) => {
    release();
    throw error;
  });
  const cancelHealth = followReadiness(servers.grpc, runtime, notReady);
  return {
    ...servers,
    async close(graceMs) {
      closing = true;
      servers.grpc.health.set(false);
      cancelHealth();
      context.streams.endAll(shuttingDown);
      const open = [servers.grpc, servers.http, servers.flagd];
      await Promise.all(open.map(async (server) => server?.close(graceMs)));
      await context.exposures.close();
      release();
    },
  };
}

async function openServers(
  context: HttpContext,
  settings: TransportSettings,
  ports: TransportPorts,
  notReady: () => readonly string[],
): Promise<Omit<Transports, 'close'>> {
  const options: GrpcServerOptions = {
    address: settings.grpc.address,
    reflection: settings.grpc.reflection,
    credentials: grpcCredentials(settings.grpc.tls),
    streamsPerConnectionMax: settings.streamsPerConnectionMax,
    connectionsMax: settings.grpcConnectionsMax,
    bodyBudget: context.bodyBudget,
  };
  const grpc = await startGrpcServer(context, options);
  const metrics = createMetrics({
    calls: () => [...grpc.stats, ...(flagd?.stats ?? []), ...(http?.stats ?? [])],
    measures: () => [
      ...transportMeasures(context),
      { name: 'flags_grpc_connections', help: 'Open gRPC connections.', value: grpc.connections() },
      ...ports.measures(),
    ],
  });
  let http: HttpServer | undefined;
  let flagd: FlagdServer | undefined;
  try {
    if (settings.flagd !== undefined) {
      const { address, key } = settings.flagd;
      const isTls = settings.grpc.tls !== undefined;
      flagd = await startFlagdServer(context, { ...options, address, fallbackKey: key, isTls });
    }
    http = await startHttpServer(context, {
      host: settings.http.host,
      port: settings.http.port,
      tls: httpTls(settings.http.tls),
      connectionsMax: settings.httpConnectionsMax,
      info: {
        notReady,
        warnings: () => ports.warnings?.() ?? [],
        metrics: () => metrics.text(),
        metricsToken: settings.metricsToken,
      },
    });
  } catch (error) {
    await Promise.all([grpc, flagd].map(async (server) => server?.close(0)));
    throw error;
  }
  return { grpc, http, flagd };
}

function followReadiness(grpc: GrpcServer, runtime: Runtime, notReady: () => readonly string[]): () => void {
  let serving = false;
  const look = (): void => {
    const ready = notReady().length === 0;
    if (ready !== serving) grpc.health.set(ready);
    serving = ready;
  };
  look();
  return runtime.every(readinessIntervalMs, look);
}

function grpcCredentials(tls: ServerTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pairs = [{ cert_chain: tls.cert, private_key: tls.key }];
  return ServerCredentials.createSsl(tls.clientCa ?? null, pairs, tls.clientCa !== undefined);
}

function httpTls(tls: ServerTls | undefined): TlsOptions | undefined {
  if (tls === undefined) return undefined;
  const { cert, key, clientCa } = tls;
  const base: TlsOptions = { cert, key, minVersion: 'TLSv1.2' };
  return clientCa === undefined
    ? base
    : { ...base, ca: clientCa, requestCert: true, rejectUnauthorized: true };
}
