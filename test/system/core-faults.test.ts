// A core that dies at the worst moments, and one that freezes (R5, R6, R7).
import { setTimeout as pause } from 'node:timers/promises';
import { startCore } from '@org/tools/cluster/core-process';
import { startNatsServer } from '@org/tools/services/nats-server';
import { startPostgres } from '@org/tools/services/postgres';
import { afterEach, it } from 'vitest';
import { natsEnvironment } from './nats-environment.ts';
import { closeAll, closeLater, isLong, runPlan } from './run.ts';

afterEach(closeAll, 60_000);

const points = ['after-commit', 'before-publish', 'after-publish', 'before-mark-published'] as const;

it('survives being killed at every point between the commit and its publication', async () => {
  const [nats, postgres] = [closeLater(await startNatsServer()), closeLater(await startPostgres())];
  const core = closeLater(
    await startCore({ databaseUrl: postgres.url, environment: await natsEnvironment(nats) }),
  );
  await runPlan({
    cores: [core],
    hosts: [
      { clients: 5, transport: 'nats' },
      { clients: 5, transport: 'grpc' },
    ],
    harm: async ({ commits }) => {
      for (let round = 0; round < (isLong ? 125 : 1); round += 1) {
        for (const point of points) {
          await core.restart({ FLAGS_FAILPOINTS: `${point}=kill:3` });
          await core.ended();
        }
      }
      await core.restart({ FLAGS_FAILPOINTS: '' });
      await commits(20);
    },
  });
});

it('survives SQLite losing its core between two writes', async () => {
  const core = closeLater(await startCore());
  await runPlan({
    cores: [core],
    hosts: [{ clients: 5 }],
    harm: async ({ commits }) => {
      for (let round = 0; round < (isLong ? 50 : 3); round += 1) {
        await commits(15);
        await core.kill();
        await core.restart();
      }
      await commits(15);
    },
  });
});

it('fences off a core that froze while another took over', async () => {
  const [nats, postgres] = [closeLater(await startNatsServer()), closeLater(await startPostgres())];
  const environment = await natsEnvironment(nats);
  const frozen = closeLater(await startCore({ databaseUrl: postgres.url, environment }));
  const other = closeLater(await startCore({ databaseUrl: postgres.url, environment }));
  await runPlan({
    cores: [other, frozen],
    hosts: [
      { clients: 5, transport: 'nats' },
      { clients: 5, transport: 'grpc' },
    ],
    harm: async ({ commits }) => {
      frozen.pause();
      // The freeze itself is the condition: longer than a lease lives.
      await Promise.all([commits(3), pause(isLong ? 60_000 : 15_000)]);
      frozen.resume();
      await commits(20);
    },
  });
});
