// Without faults: every client sees every revision, once and in order, over each transport.
import { check, noGap } from '@org/tools/cluster/checkers';
import { startCore } from '@org/tools/cluster/core-process';
import { startNatsServer } from '@org/tools/services/nats-server';
import { startPostgres } from '@org/tools/services/postgres';
import { afterEach, expect, it } from 'vitest';
import { closeAll, closeLater, runPlan } from './run.ts';
import { natsEnvironment } from './nats-environment.ts';
import { askServer } from './push/testing.ts';

afterEach(closeAll, 60_000);

it('shows every revision to every client over gRPC, from SQLite', async () => {
  const core = closeLater(await startCore());
  const { history } = await runPlan({
    cores: [core],
    hosts: [{ clients: 10, transport: 'grpc' }],
    harm: ({ commits }) => commits(100),
  });
  expect(check(history, [noGap])).toEqual([]);
  expect(history.core.revision).toBe(history.commits.length);
});

it('shows every revision to every client over NATS, from PostgreSQL', async () => {
  const [nats, postgres] = [closeLater(await startNatsServer()), closeLater(await startPostgres())];
  const core = closeLater(
    await startCore({ databaseUrl: postgres.url, environment: await natsEnvironment(nats) }),
  );
  const { history } = await runPlan({
    cores: [core],
    hosts: [{ clients: 10, transport: 'nats' }],
    harm: async ({ commits }) => {
      const { connections } = await askServer(nats.authority, nats.url);
      expect(connections).toBeGreaterThan(10);
      await commits(100);
    },
  });
  expect(check(history, [noGap])).toEqual([]);
  expect(history.core.revision).toBe(history.commits.length);
});
