// What a crash of PostgreSQL does while commits go on (R15): nothing acknowledged is lost, readers notice nothing.
import { startCore } from '@org/tools/cluster/core-process';
import { startPostgres } from '@org/tools/services/postgres';
import { afterEach, it } from 'vitest';
import { closeAll, closeLater, isLong, runPlan } from './run.ts';

afterEach(closeAll, 60_000);

it('loses no acknowledged commit when PostgreSQL is killed again and again', async () => {
  const postgres = closeLater(await startPostgres());
  const core = closeLater(await startCore({ databaseUrl: postgres.url }));
  await runPlan({
    cores: [core],
    hosts: [{ clients: 10 }],
    intervalMs: 5,
    harm: async ({ commits }) => {
      for (let round = 0; round < (isLong ? 50 : 4); round += 1) {
        await commits(20);
        await postgres.kill();
        await postgres.restart();
      }
      await commits(20);
    },
  });
});
