// Clients that are slow, and clients that start while everything is down (R3, R9, R10).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCore } from '@org/tools/cluster/core-process';
import { startSdkHost } from '@org/tools/cluster/sdk-host';
import { startNatsServer } from '@org/tools/services/nats-server';
import { afterEach, expect, it } from 'vitest';
import { natsEnvironment } from './nats-environment.ts';
import { closeAll, closeLater, runPlan } from './run.ts';

afterEach(closeAll, 60_000);

it.each(['nats', 'grpc'] as const)(
  'lets a client that blocked its event loop for 8 s catch up over %s',
  async (transport) => {
    const nats = closeLater(await startNatsServer());
    const core = closeLater(await startCore({ environment: await natsEnvironment(nats) }));
    await runPlan({
      cores: [core],
      hosts: [
        { clients: 5, transport },
        { clients: 2, transport },
      ],
      intervalMs: 2,
      harm: async ({ hosts, commits }) => {
        const blocked = hosts[0]?.block(8_000);
        await commits(50);
        await blocked;
      },
    });
  },
);

it('answers from the stored snapshot when it starts in an outage, and catches up after it', async () => {
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'flags-cache-'));
  closeLater({ close: () => rm(cacheDirectory, { recursive: true, force: true }) });
  const core = closeLater(await startCore());
  const { environment, history, hosts } = await runPlan({
    cores: [core],
    hosts: [{ name: 'cached', clients: 3, cacheDirectory }],
    harm: ({ commits }) => commits(5),
  });
  // Writes what it has before it ends.
  await Promise.all(hosts.map((host) => host.close()));
  await core.kill();

  const late = closeLater(
    await startSdkHost({
      name: 'cached',
      clients: 3,
      urls: [core.grpcUrl],
      key: environment.sdkKey,
      cacheDirectory,
      waitForReady: false,
    }),
  );
  const head = history.core;
  for (const position of await late.positions()) {
    expect(position).toMatchObject({ state: 'STALE', revision: head.revision, hash: head.hash });
    expect(position.first).toBe(head.numbers.get(head.revision));
  }
  await core.restart();
  await expect
    .poll(async () => (await late.positions()).map(({ state }) => state), { timeout: 60_000, interval: 100 })
    .toEqual(['READY', 'READY', 'READY']);
});
