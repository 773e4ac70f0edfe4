// Results have the same bits whether one process holds all partitions or three share them, one of which is killed -9; and
// when everything is made again from the log. An erased unit does not come back with a partition that is taken over.
import type { TimeSeriesResponse } from '@org/contract/gen/flags/v1/analytics_service';
import { call, createEnvironment, untilAnswered } from '@org/tools/cluster/admin-client';
import {
  analyticsPort,
  coreVariables,
  startAnalytics,
  type AnalyticsProcess,
} from '@org/tools/cluster/analytics-process';
import { startCore } from '@org/tools/cluster/core-process';
import { startNatsServer } from '@org/tools/services/nats-server';
import { afterEach, expect, it } from 'vitest';
import {
  exposed,
  record,
  settledResults,
  startExperiment,
  tracked,
  type AnsweredResults,
  type Laboratory,
} from './experiment-replay.ts';
import { natsEnvironment } from './nats-environment.ts';
import { closeAll, closeLater } from './run.ts';

afterEach(closeAll, 60_000);

const leaseSeconds = 5;
const patience = { timeout: 120_000, interval: 200 };
const units = 800;
const key = 'button';

const selection = { event: 'purchase' };
const metrics = {
  bought: { type: 'conversion', direction: 'increase', selection },
  revenue: { type: 'sum', direction: 'increase', selection, winsorization: { upperQuantile: 0.99 } },
  basket: { type: 'mean', direction: 'increase', selection },
  latency: { type: 'quantile', direction: 'decrease', selection: { event: 'load' }, quantile: 0.9 },
  perLoad: {
    type: 'ratio',
    direction: 'increase',
    numerator: { event: 'purchase', aggregate: 'sum' },
    denominator: { event: 'load', aggregate: 'count' },
  },
};
const experiment = {
  control: 'a',
  metrics: Object.keys(metrics).map((name, index) => ({
    key: name,
    role: index === 0 ? 'goal' : 'secondary',
  })),
  plan: { method: 'sequential', alpha: 0.05 },
};

/** What some units saw and did: several values each, of which no sum is exact. */
function eventsOf(from: number, to: number, startMs: number) {
  const events = [];
  for (let unit = from; unit < to; unit += 1) {
    const name = `u-${String(unit)}`;
    const timeMs = startMs + (unit % 50);
    events.push(exposed(key, name, unit % 3 === 0 ? 'b' : 'a', timeMs));
    for (let turn = 0; turn < unit % 4; turn += 1) {
      const value = 10 / (1 + ((unit * 31 + turn * 7) % 97));
      events.push(
        tracked(name, 'purchase', timeMs + turn, value),
        tracked(name, 'load', timeMs, value * 3.3),
      );
    }
  }
  return events;
}

it('gives the same bits from one process and from three that share the partitions, one of them killed', async () => {
  const nats = closeLater(await startNatsServer());
  const log = await natsEnvironment(nats);
  const ports = [await analyticsPort(), await analyticsPort(), await analyticsPort()];
  const urls = ports.map((port) => `http://127.0.0.1:${String(port)}`).join(',');
  const core = closeLater(
    await startCore({ environment: { ...log, ...coreVariables(ports[0]!), FLAGS_ANALYTICS_URL: urls } }),
  );
  const shared: AnalyticsProcess[] = [];
  for (const port of ports) {
    const sharing = {
      FLAGS_ANALYTICS_PEER_ADDRESS: `127.0.0.1:${String(port)}`,
      FLAGS_ANALYTICS_LEASE_SECONDS: String(leaseSeconds),
    };
    shared.push(closeLater(await startAnalytics({ port, environment: { ...log, ...sharing } })));
  }
  const environment = await createEnvironment(core.httpUrl);
  const laboratory: Laboratory = { core, environment };
  const startMs = await startExperiment(laboratory, { key, metrics, experiment, variants: ['a', 'b'] });

  await record(laboratory, eventsOf(0, units / 2, startMs), 'first');
  const first = await bitsOf(laboratory, units / 2);
  await shared[1]!.kill();
  await record(laboratory, eventsOf(units / 2, units, startMs), 'second');
  const takenOver = await bitsOf(laboratory);
  expect(takenOver).not.toBe(first);
  await shared[1]!.restart();
  expect(await bitsOf(laboratory)).toBe(takenOver);

  const port = await analyticsPort();
  const alone = closeLater(await startAnalytics({ port, environment: log }));
  await core.restart(coreVariables(port));
  expect(await bitsOf(laboratory)).toBe(takenOver);
  await alone.kill();
  await alone.forget();
  await alone.restart();
  expect(await bitsOf(laboratory)).toBe(takenOver);

  await core.restart({ FLAGS_ANALYTICS_URL: urls });
  const before = await eventsIn(laboratory);
  const erased = await untilAnswered(() =>
    call<{ events?: number }>(core.httpUrl, 'AnalyticsService/EraseUnit', {
      environment: environment.reference,
      unit: 'u-3',
    }),
  );
  expect(erased.events).toBe(7);
  await expect.poll(() => eventsIn(laboratory), patience).toBe(before - 7);
  // Whoever takes its partitions over reads the log, which still holds the unit.
  await shared[0]!.kill();
  await shared[0]!.forget();
  await expect.poll(() => eventsIn(laboratory), patience).toBe(before - 7);
  await shared[0]!.restart();
  await expect.poll(() => eventsIn(laboratory), patience).toBe(before - 7);
});

/** Results and the series' last point as text, without the moment they are of; once so many units are in. */
async function bitsOf(laboratory: Laboratory, recorded = units): Promise<string> {
  await eventsIn(laboratory);
  let results: AnsweredResults | undefined;
  // The newest event may be in before others are that another process takes in.
  const unitsIn = async (): Promise<number> => {
    results = await settledResults(laboratory, key);
    return results.units.reduce((sum, variant) => sum + variant.units, 0);
  };
  await expect.poll(unitsIn, patience).toBe(recorded);
  const { units: unitsOf, sampleRatio, metrics: found } = results!;
  const { core, environment } = laboratory;
  const { points } = await untilAnswered(() =>
    call<TimeSeriesResponse>(core.httpUrl, 'AnalyticsService/TimeSeries', {
      environment: environment.reference,
      ...{ experiment: key, metric: Object.keys(metrics)[0], interval: 'day' },
    }),
  );
  const { cumulative } = points.at(-1)!;
  expect(cumulative.map((variant) => variant.units)).toEqual(unitsOf.map((variant) => variant.units));
  return JSON.stringify([unitsOf, sampleRatio, found, cumulative]);
}

/** Once nothing is behind. */
async function eventsIn({ core, environment }: Laboratory): Promise<number> {
  for (;;) {
    const status = await untilAnswered(() =>
      call<{ events?: number; batchesBehind?: number }>(core.httpUrl, 'AnalyticsService/PipelineStatus', {
        environment: environment.reference,
      }),
    );
    if ((status.batchesBehind ?? 0) === 0) return status.events ?? 0;
  }
}
