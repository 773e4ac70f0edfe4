// A revoked key ends every open stream within 30 s (R34), on all transports, and leaves other keys alone.
import { call, createSdkKey } from '@org/tools/cluster/admin-client';
import { startCore } from '@org/tools/cluster/core-process';
import { startSdkHost } from '@org/tools/cluster/sdk-host';
import { startNatsServer } from '@org/tools/services/nats-server';
import { afterEach, expect, it } from 'vitest';
import { natsEnvironment } from './nats-environment.ts';
import { bareConnection } from './push/testing.ts';
import { closeAll, closeLater, runPlan } from './run.ts';

afterEach(closeAll, 60_000);

const endsWithin = { timeout: 30_000, interval: 100 };

it('ends HTTP streams, gRPC streams and NATS connections of a revoked key', async () => {
  const nats = closeLater(await startNatsServer());
  const core = closeLater(await startCore({ environment: await natsEnvironment(nats) }));
  await runPlan({
    cores: [core],
    hosts: [
      { clients: 2, transport: 'nats' },
      { clients: 2, transport: 'grpc' },
    ],
    harm: async ({ environment, commits }) => {
      const { key, secret } = await createSdkKey(core.httpUrl, environment.reference);
      const options = { urls: [core.grpcUrl], key: secret, clients: 1 };
      const hosts = [
        closeLater(await startSdkHost({ ...options, name: 'nats', transport: 'nats' })),
        closeLater(await startSdkHost({ ...options, name: 'grpc', transport: 'grpc' })),
      ];
      const access = await call<{ nats: Parameters<typeof bareConnection>[0] }>(
        core.httpUrl,
        'SyncService/GetPushAccess',
        { instance: { id: 'bare', sdk: 'none', version: '0' } },
        secret,
      );
      const connection = closeLater(await bareConnection(access.nats));
      const stream = await followHttpStream(core.httpUrl, secret);

      await call(core.httpUrl, 'AccessService/RevokeKey', {
        environment: environment.reference,
        keyId: key.id,
      });
      await expect.poll(() => connection.isClosed(), endsWithin).toBe(true);
      await expect.poll(() => stream.hasEnded(), endsWithin).toBe(true);
      await expect(bareConnection(access.nats)).rejects.toThrow();
      await expect
        .poll(
          async () =>
            (await Promise.all(hosts.map((host) => host.positions()))).flat().map(({ state }) => state),
          endsWithin,
        )
        .toEqual(['STALE', 'STALE']);
      const [before] = await Promise.all(hosts.map((host) => host.positions()));
      await commits(5);
      const [after] = await Promise.all(hosts.map((host) => host.positions()));
      expect(after?.map(({ revision }) => revision)).toEqual(before?.map(({ revision }) => revision));
    },
  });
});

async function followHttpStream(httpUrl: string, key: string): Promise<{ hasEnded: () => boolean }> {
  const response = await fetch(`${httpUrl}/v1/watch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: '{}',
  });
  expect(response.status).toBe(200);
  let ended = false;
  const read = async (): Promise<void> => {
    for await (const _ of response.body ?? []);
  };
  void read()
    .catch(() => undefined)
    .finally(() => (ended = true));
  return { hasEnded: () => ended };
}
