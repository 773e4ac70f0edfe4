// R34: what ends a key ends its open streams, on every core, and a role that is taken away is gone with them.
import { once } from 'node:events';
import { credentials, Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { FlagServiceClient } from '@org/contract/gen/flags/v1/flag_service';
import { SyncServiceClient } from '@org/contract/gen/flags/v1/sync_service';
import { call, createEnvironment } from '@org/tools/cluster/admin-client';
import type { TestEnvironment } from '@org/tools/cluster/admin-client';
import { startCore } from '@org/tools/cluster/core-process';
import type { CoreProcess } from '@org/tools/cluster/core-process';
import { startPostgres } from '@org/tools/services/postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { patient } from './support/callers.ts';

let near: CoreProcess;
let far: CoreProcess;
let environment: TestEnvironment;
let postgres: Awaited<ReturnType<typeof startPostgres>>;

beforeAll(async () => {
  postgres = await startPostgres();
  near = await startCore({ databaseUrl: postgres.url, environment: patient });
  far = await startCore({ databaseUrl: postgres.url, environment: patient });
  environment = await createEnvironment(near.httpUrl);
});
afterAll(async () => {
  await Promise.all([near.close(), far.close()]);
  await postgres.close();
});

const empty = { environment: '', historyId: '', revision: 0, hash: '', instance: undefined };

/** Opens every sort of stream with the key; resolves once each has said something, rejects when one ends before. */
async function openStreams(
  core: CoreProcess,
  key: string,
  reference = '',
): Promise<readonly Promise<unknown>[]> {
  const address = core.grpcUrl.replace('http://', '');
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${key}`);
  const watch = new SyncServiceClient(address, credentials.createInsecure()).watch(
    { ...empty, environment: reference },
    metadata,
  );
  const evaluate = new FlagServiceClient(address, credentials.createInsecure()).evaluateStream(metadata);
  evaluate.write({ id: 1, request: { environment: reference, flagKey: 'a', context: {} } });
  const lines = fetch(`${core.httpUrl}/v1/watch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ environment: reference }),
  });
  const ends = [watch, evaluate].map(
    (stream) =>
      new Promise<number>((resolve) => stream.on('error', (error: ServiceError) => resolve(error.code))),
  );
  const opened = Promise.all([watch, evaluate].map((stream) => once(stream, 'data')));
  const [response] = await Promise.all([lines, opened]);
  for (const stream of [watch, evaluate]) stream.on('data', () => undefined);
  expect(response.status).toBe(200);
  return [...ends, lastError(response)];
}

async function lastError(response: Response): Promise<unknown> {
  const lines = (await response.text()).trimEnd().split('\n');
  return (JSON.parse(lines.at(-1)!) as { error?: { code: string } }).error?.code;
}

it.each([
  ['the core that revokes it', () => near],
  ['another core of the same database', () => far],
])('ends the streams of a revoked key on %s', async (_name, core) => {
  const created = { environment: environment.reference, kind: 'KEY_KIND_SERVER', name: 'k' };
  const { key, secret } = await call<{ key: { id: string }; secret: string }>(
    near.httpUrl,
    'AccessService/CreateSdkKey',
    created,
  );
  const ends = await openStreams(core(), secret);
  await call(near.httpUrl, 'AccessService/RevokeKey', { keyId: key.id });
  expect(await Promise.all(ends)).toEqual([
    status.UNAUTHENTICATED,
    status.UNAUTHENTICATED,
    'unauthenticated',
  ]);
});

it('ends the streams of a principal that is disabled, and of one whose role is taken away', async () => {
  const roles = [{ scope: environment.reference, role: 'ROLE_VIEWER' }];
  const person = { name: 'p', kind: 'PRINCIPAL_KIND_PERSON', roles };
  const open = async (): Promise<{ id: string; ends: readonly Promise<unknown>[] }> => {
    const { id } = await call<{ id: string }>(near.httpUrl, 'AccessService/CreatePrincipal', person);
    const created = { principalId: id, name: 'k' };
    const { secret } = await call<{ secret: string }>(
      near.httpUrl,
      'AccessService/CreatePrincipalKey',
      created,
    );
    return { id, ends: await openStreams(far, secret, environment.reference) };
  };
  const [disabled, demoted] = [await open(), await open()];
  await call(near.httpUrl, 'AccessService/UpdatePrincipal', { id: disabled.id, roles, disabled: true });
  await call(near.httpUrl, 'AccessService/UpdatePrincipal', { id: demoted.id, roles: [] });
  const { UNAUTHENTICATED, PERMISSION_DENIED } = status;
  expect(await Promise.all(disabled.ends)).toEqual([UNAUTHENTICATED, UNAUTHENTICATED, 'unauthenticated']);
  expect(await Promise.all(demoted.ends)).toEqual([
    PERMISSION_DENIED,
    PERMISSION_DENIED,
    'permission_denied',
  ]);
});

it('ends the streams of a key at its expiry', async () => {
  const ends = await openExpiring(3_000);
  expect(await Promise.all(ends)).toEqual([
    status.UNAUTHENTICATED,
    status.UNAUTHENTICATED,
    'unauthenticated',
  ]);
});

/** Streams of a key that expires after they were opened: a busy machine may need a longer life for that. */
async function openExpiring(lifeMs: number): Promise<readonly Promise<unknown>[]> {
  const expiresAt = new Date(Date.now() + lifeMs).toISOString();
  const created = { environment: environment.reference, kind: 'KEY_KIND_SERVER', name: 'k', expiresAt };
  try {
    const { secret } = await call<{ secret: string }>(near.httpUrl, 'AccessService/CreateSdkKey', created);
    return await openStreams(near, secret);
  } catch (error) {
    if (lifeMs > 20_000) throw error;
    return openExpiring(lifeMs * 2);
  }
}
