// Full disks (R16): writes are refused with a clear code, reading and delivery go on, and all recovers without a restart.
import { setTimeout as pause } from 'node:timers/promises';
import { CallError, commitPair, readHead } from '@org/tools/cluster/admin-client';
import { startCore } from '@org/tools/cluster/core-process';
import { createScarceSpace } from '@org/tools/cluster/scarce-space';
import { startNatsServer } from '@org/tools/services/nats-server';
import { afterEach, expect, it } from 'vitest';
import { natsEnvironment } from './nats-environment.ts';
import { closeAll, closeLater, runPlan } from './run.ts';

afterEach(closeAll, 60_000);

it('refuses commits while the disk of SQLite is full, serves on, and recovers by itself', async () => {
  const space = closeLater(await createScarceSpace(32 * 1024 * 1024));
  const core = closeLater(await startCore({ dataDirectory: space.directory }));
  await runPlan({
    cores: [core],
    hosts: [{ clients: 5 }],
    harm: async ({ environment, hosts, commits }) => {
      await space.fill(core.pid);
      expect(await refusalOf(core.httpUrl, environment.reference)).toMatch(/^unavailable: .*STORE_FULL/);
      expect((await readHead(core.httpUrl, environment.reference)).revision).toBeGreaterThan(0);
      const positions = await hosts[0]?.positions();
      expect(positions?.every(({ state }) => state === 'READY')).toBe(true);
      await space.free(core.pid);
      await commits(10);
    },
  });
});

it('delivers on when the disk of JetStream is full', async () => {
  const space = closeLater(await createScarceSpace(16 * 1024 * 1024));
  const nats = closeLater(await startNatsServer({ parentDirectory: space.directory }));
  const core = closeLater(await startCore({ environment: await natsEnvironment(nats) }));
  await runPlan({
    cores: [core],
    hosts: [{ clients: 5, transport: 'nats' }, { clients: 5 }],
    harm: async ({ commits }) => {
      await space.fill(nats.pid);
      await commits(20);
      await space.free(nats.pid);
      await commits(20);
    },
  });
});

/** Commits until one is refused: the last bytes may take a few. */
async function refusalOf(httpUrl: string, environment: string): Promise<string> {
  for (let number = -1; ; number -= 1) {
    try {
      await commitPair(httpUrl, environment, number, `full-${String(number)}`);
    } catch (error) {
      if (error instanceof CallError && error.code !== 'unreachable') return error.message;
      throw error;
    }
    await pause(1);
  }
}
