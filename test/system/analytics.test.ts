// Each accepted event is counted once, whatever is killed and however often and late its batch is sent (R14, R20): real
// SDKs, cores, nats-servers and databases. And what was computed can be made again from the log.
import { createClient, type FlagsClient } from '@org/flags-node';
import { call, createEnvironment, untilAnswered } from '@org/tools/cluster/admin-client';
import {
  analyticsPort,
  coreVariables,
  startAnalytics,
  type AnalyticsProcess,
} from '@org/tools/cluster/analytics-process';
import { startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { startNatsServer } from '@org/tools/services/nats-server';
import { startPostgres } from '@org/tools/services/postgres';
import { afterEach, expect, it } from 'vitest';
import { natsEnvironment } from './nats-environment.ts';
import { closeAll, closeLater, isLong } from './run.ts';

afterEach(closeAll, 60_000);

const rounds = isLong ? 25 : 2;
const perRound = 400;
const patience = { timeout: 90_000, interval: 50 };

interface Installation {
  readonly core: CoreProcess;
  readonly analytics: AnalyticsProcess;
  /** Hurts the log's own server, where there is one. */
  readonly killLog?: () => Promise<void>;
}

/** Everything about the events that may not change, whatever happens. */
const summary = `SELECT count(*), count(DISTINCT unit), sum(value), bit_xor(hash(instance_id, unit, name, value, time_ms, part)) FROM metric_events`;

it('counts each event once with the log in JetStream, while analytics, core and nats-server are killed', async () => {
  const nats = closeLater(await startNatsServer());
  const environment = await natsEnvironment(nats);
  const port = await analyticsPort();
  const core = closeLater(await startCore({ environment: { ...environment, ...coreVariables(port) } }));
  const analytics = closeLater(await startAnalytics({ port, environment }));
  await survives({ core, analytics, killLog: () => nats.kill().then(() => nats.restart()) });
});

it('counts each event once with the log in PostgreSQL', async () => {
  const postgres = closeLater(await startPostgres());
  const port = await analyticsPort();
  const core = closeLater(await startCore({ databaseUrl: postgres.url, environment: coreVariables(port) }));
  const environment = { FLAGS_DATABASE_URL: postgres.url };
  await survives({ core, analytics: closeLater(await startAnalytics({ port, environment })) });
});

it('counts each event once with the log in SQLite', async () => {
  const port = await analyticsPort();
  const core = closeLater(await startCore({ environment: coreVariables(port) }));
  const environment = { FLAGS_DATABASE_URL: `${core.dataDirectory}/flags.db` };
  await survives({ core, analytics: closeLater(await startAnalytics({ port, environment })) });
});

async function survives({ core, analytics, killLog }: Installation): Promise<void> {
  const { reference, sdkKey } = await createEnvironment(core.httpUrl);
  const open = (): FlagsClient => createClient({ url: core.grpcUrl, key: sdkKey, flushIntervalMs: 20 });
  const clients = [open(), open()];
  let sent = 0;
  const track = (count: number): void => {
    for (let index = 0; index < count; index += 1, sent += 1)
      clients[sent % clients.length]!.track('purchase', {
        context: { targetingKey: `u-${String(sent)}` },
        value: sent,
      });
  };
  const ask = async (): Promise<unknown> => {
    const request = { environment: reference, sql: summary };
    const { rows } = await untilAnswered(() =>
      call<{ rows: unknown[][] }>(core.httpUrl, 'AnalyticsService/Query', request),
    );
    return rows[0];
  };
  const retry = await retriedBatch(core, reference);

  for (let round = 0; round < rounds; round += 1) {
    for (const harm of [
      () => analytics.restart(),
      () => core.restart(),
      killLog ?? (() => analytics.restart()),
    ]) {
      track(perRound / 2);
      const harmed = harm();
      track(perRound / 2);
      await harmed;
    }
  }
  // After restarts of everybody who could remember it.
  await retry();
  const total = sent + 1;
  const count = async (): Promise<number> => {
    await Promise.all(clients.map((client) => client.flush()));
    return Number(((await ask()) as unknown[])[0]);
  };
  await expect.poll(count, patience).toBe(total);
  await expect.poll(() => behind(core, reference), patience).toBe(0);
  const answer = await ask();
  expect((answer as unknown[]).slice(0, 3)).toEqual([
    String(total),
    String(total),
    (sent * (sent - 1)) / 2 + 5,
  ]);

  await analytics.kill();
  await analytics.forget();
  await analytics.restart();
  await expect.poll(ask, patience).toEqual(answer);
  for (const client of clients) await client.close();
}

async function behind(core: CoreProcess, environment: string): Promise<number> {
  const ask = { environment };
  const status = await untilAnswered(() =>
    call<{ batchesBehind?: number }>(core.httpUrl, 'AnalyticsService/PipelineStatus', ask),
  );
  return status.batchesBehind ?? 0;
}

/** Records a batch, and gives back a function that sends the very same one again. */
async function retriedBatch(core: CoreProcess, environment: string): Promise<() => Promise<unknown>> {
  const event = { timeMs: Date.now(), metric: { name: 'purchase', value: 5, units: { user: 'retried' } } };
  const record = (): Promise<unknown> =>
    untilAnswered(() =>
      call(core.httpUrl, 'EventService/Record', {
        environment,
        instanceId: 'retrying',
        sequence: 7,
        events: [event],
      }),
    );
  await record();
  return record;
}
