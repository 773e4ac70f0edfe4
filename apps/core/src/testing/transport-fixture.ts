// A running server over the fake application, with a project of two environments, keys of every kind, and clients.
import { credentials, Metadata } from '@grpc/grpc-js';
import type { ChannelCredentials, ClientOptions } from '@grpc/grpc-js';
import { AccessServiceClient } from '@org/contract/gen/flags/v1/access_service';
import type { Role } from '@org/contract/gen/flags/v1/options';
import { AdminServiceClient } from '@org/contract/gen/flags/v1/admin_service';
import { EventServiceClient } from '@org/contract/gen/flags/v1/event_service';
import { FlagServiceClient } from '@org/contract/gen/flags/v1/flag_service';
import { SyncServiceClient } from '@org/contract/gen/flags/v1/sync_service';
import type { Result } from '@org/contract';
import type { Caller, SdkKeyKind } from '../application.ts';
import { readConfig } from '../config.ts';
import { nodeRuntime } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { createLogger } from '@org/service';
import { startTransports } from '../transport/start-transports.ts';
import type { Transports, TransportSettings } from '../transport/start-transports.ts';
import { createFakeApplication } from './fake-application.ts';
import type { FakeApplication } from './fake-application.ts';

export interface FixtureOptions {
  readonly runtime?: Runtime;
  readonly settings?: Partial<TransportSettings>;
  readonly credentials?: ChannelCredentials;
  readonly clientOptions?: ClientOptions;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Fixture {
  readonly application: FakeApplication;
  readonly transports: Transports;
  readonly httpUrl: string;
  readonly grpcAddress: string;
  readonly environmentId: string;
  readonly otherEnvironmentId: string;
  /** Lines that were logged. */
  readonly log: readonly string[];
  readonly notReady: string[];
  sdkKey(
    environmentId: string,
    kind: SdkKeyKind,
    expiresAtMs?: number,
  ): Promise<{ id: string; secret: string }>;
  principalKey(
    roles: readonly { scope: string; role: Role }[],
  ): Promise<{ id: string; secret: string; principalId: string }>;
  readonly flags: FlagServiceClient;
  readonly sync: SyncServiceClient;
  readonly admin: AdminServiceClient;
  readonly events: EventServiceClient;
  readonly access: AccessServiceClient;
  post(path: string, body: unknown, key?: string, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

const actor: Caller = { keyId: 'test', keyKind: 'KEY_KIND_PRINCIPAL' };

export async function startFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const runtime = options.runtime ?? nodeRuntime;
  const application = createFakeApplication(() => runtime.now());
  await application.access.createProject(actor, 'shop', 'Shop');
  const environmentId = await createEnvironment(application, 'dev', ['https://shop.example']);
  const otherEnvironmentId = await createEnvironment(application, 'prod', []);
  application
    .replica(environmentId)
    .change({ 'new-checkout': { value: true, clientVisible: true }, hidden: { value: 'x' } });
  const log: string[] = [];
  const notReady: string[] = [];
  const transports = await startTransports(
    {
      application,
      runtime,
      logger: createLogger('debug', { write: (line) => void log.push(line) }),
      notReady: () => notReady,
      measures: () => [],
    },
    { ...defaultSettings(options.environment ?? {}), ...options.settings },
  );
  const grpcAddress = `localhost:${transports.grpc.port}`;
  const channel = [
    grpcAddress,
    options.credentials ?? credentials.createInsecure(),
    options.clientOptions ?? {},
  ] as const;
  const clients = {
    flags: new FlagServiceClient(...channel),
    sync: new SyncServiceClient(...channel),
    admin: new AdminServiceClient(...channel),
    events: new EventServiceClient(...channel),
    access: new AccessServiceClient(...channel),
  };
  const httpUrl = `http://127.0.0.1:${transports.http.port}`;
  return {
    ...clients,
    application,
    transports,
    httpUrl,
    grpcAddress,
    environmentId,
    otherEnvironmentId,
    log,
    notReady,
    async sdkKey(id, kind, expiresAtMs) {
      const { key, secret } = valueOf(
        await application.access.createSdkKey(actor, id, { kind, name: '', expiresAtMs }),
      );
      return { id: key.id, secret };
    },
    async principalKey(roles) {
      const person = { name: 'Someone', kind: 'PRINCIPAL_KIND_PERSON', roles } as const;
      const { id: principalId } = valueOf(await application.access.createPrincipal(actor, person));
      const created = await application.access.createPrincipalKey(actor, principalId, {
        name: '',
        expiresAtMs: undefined,
      });
      const { key, secret } = valueOf(created);
      return { id: key.id, secret, principalId };
    },
    post: (path, body, key, headers = {}) =>
      fetch(`${httpUrl}${path}`, {
        method: 'POST',
        body:
          typeof body === 'string' || body instanceof Uint8Array
            ? (body as NonNullable<RequestInit['body']>)
            : JSON.stringify(body),
        headers: {
          'content-type': 'application/json',
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
          ...headers,
        },
      }),
    async close() {
      for (const client of Object.values(clients)) client.close();
      await transports.close(0);
    },
  };
}

/** Metadata with a key. */
export function withKey(secret: string, header: 'authorization' | 'x-api-key' = 'authorization'): Metadata {
  const metadata = new Metadata();
  metadata.set(header, header === 'authorization' ? `Bearer ${secret}` : secret);
  return metadata;
}

/** Waits until the condition holds; the test's own timeout bounds it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** The value of a result that cannot have failed. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.fault.message);
  return result.value;
}

function defaultSettings(environment: Readonly<Record<string, string>>): TransportSettings {
  const addresses = { FLAGS_GRPC_ADDRESS: '127.0.0.1:0', FLAGS_HTTP_ADDRESS: '127.0.0.1:0' };
  const read = readConfig({ ...addresses, ...environment });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.config.transport;
}

async function createEnvironment(
  application: FakeApplication,
  key: string,
  allowedOrigins: string[],
): Promise<string> {
  return valueOf(
    await application.access.createEnvironment(actor, { project: 'shop', key, name: '', allowedOrigins }),
  ).id;
}
