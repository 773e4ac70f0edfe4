// What a crash and a freeze of nats-server do while commits go on (R6, R13, R14).
import { setTimeout as pause } from 'node:timers/promises';
import { startCore } from '@org/tools/cluster/core-process';
import { startNatsServer } from '@org/tools/services/nats-server';
import { startPostgres } from '@org/tools/services/postgres';
import { afterEach, it } from 'vitest';
import { natsEnvironment } from './nats-environment.ts';
import { closeAll, closeLater, isLong, runPlan } from './run.ts';

afterEach(closeAll, 60_000);

it('survives nats-server being killed and restarted under load', async () => {
  const [nats, postgres] = [closeLater(await startNatsServer()), closeLater(await startPostgres())];
  const core = closeLater(
    await startCore({ databaseUrl: postgres.url, environment: await natsEnvironment(nats) }),
  );
  await runPlan({
    cores: [core],
    hosts: [
      { clients: 10, transport: 'nats' },
      { clients: 5, transport: 'grpc' },
    ],
    harm: async ({ commits }) => {
      for (let round = 0; round < (isLong ? 100 : 3); round += 1) {
        await commits(20);
        await nats.kill();
        await commits(20);
        await nats.restart();
      }
      await commits(20);
    },
  });
});

it('survives a nats-server that freezes and wakes up', async () => {
  const [nats, postgres] = [closeLater(await startNatsServer()), closeLater(await startPostgres())];
  const core = closeLater(
    await startCore({ databaseUrl: postgres.url, environment: await natsEnvironment(nats) }),
  );
  await runPlan({
    cores: [core],
    hosts: [{ clients: 10, transport: 'auto' }],
    harm: async ({ commits }) => {
      nats.pause();
      // The freeze itself is the condition: longer than any time-out that could notice it.
      await Promise.all([commits(50), pause(20_000)]);
      nats.resume();
      await commits(20);
    },
  });
});
