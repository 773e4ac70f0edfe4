// Several cores on one database, alone and with a JetStream cluster of three, while members die.
import { startCore } from '@org/tools/cluster/core-process';
import { startNatsCluster } from '@org/tools/services/nats-server';
import { startPostgres } from '@org/tools/services/postgres';
import { afterEach, it } from 'vitest';
import { natsEnvironment } from './nats-environment.ts';
import { closeAll, closeLater, isLong, runPlan } from './run.ts';

afterEach(closeAll, 60_000);

it('lets two cores without NATS behave as one while each is killed in turn', async () => {
  const postgres = closeLater(await startPostgres());
  const cores = [
    closeLater(await startCore({ databaseUrl: postgres.url })),
    closeLater(await startCore({ databaseUrl: postgres.url })),
  ];
  await runPlan({
    cores,
    hosts: [{ clients: 10, transport: 'grpc' }],
    harm: async ({ commits }) => {
      for (let round = 0; round < (isLong ? 20 : 1); round += 1) {
        for (const core of cores) {
          await core.kill();
          await commits(20);
          await core.restart();
          await commits(20);
        }
      }
    },
  });
});

it('survives the death of one of three nats-servers and one of two cores', async () => {
  const [servers, postgres] = [await startNatsCluster(), closeLater(await startPostgres())];
  servers.forEach(closeLater);
  const environment = await natsEnvironment(servers);
  const first = closeLater(await startCore({ databaseUrl: postgres.url, environment }));
  const second = closeLater(await startCore({ databaseUrl: postgres.url, environment }));
  await runPlan({
    cores: [second, first],
    hosts: [
      { clients: 5, transport: 'nats' },
      { clients: 5, transport: 'grpc' },
    ],
    harm: async ({ commits }) => {
      await commits(20);
      await servers[0].kill();
      await commits(20);
      await first.kill();
      await commits(20);
      await servers[0].restart();
      await first.restart();
      await commits(20);
    },
  });
});
