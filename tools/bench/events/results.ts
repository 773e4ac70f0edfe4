// Results of an experiment with a million units and 10 metrics, as an operator asks for them: the first time, when everything
// is computed while the caller waits, and afterwards, when statistics are kept and refreshed in the background.
import { setTimeout as pause } from 'node:timers/promises';
import { credentials, Metadata } from '@grpc/grpc-js';
import { EventServiceClient, RecordRequest, type Event } from '@org/contract/gen/flags/v1/event_service';
import { call, untilAnswered, type TestEnvironment } from '@org/tools/cluster/admin-client';
import type { EventStage } from './stage.ts';

const key = 'button';
const units = 1_000_000;
const perBatch = 500;
const lanes = 8;
const names = ['purchase', 'view', 'search', 'add-to-cart'] as const;
const types = ['conversion', 'sum'] as const;

const metrics = {
  ...Object.fromEntries(
    names.flatMap((event) =>
      types.map((type) => [`${type}-${event}`, { type, direction: 'increase', selection: { event } }]),
    ),
  ),
  mean: { type: 'mean', direction: 'increase', selection: { event: 'purchase' } },
  ratio: {
    type: 'ratio',
    direction: 'increase',
    numerator: { event: 'purchase', aggregate: 'sum' },
    denominator: { event: 'view', aggregate: 'count' },
  },
};

/** Commits and starts the experiment. */
export async function startExperiment({ core }: EventStage, { reference }: TestEnvironment): Promise<void> {
  const about = { environment: reference, author: 'bench', reason: 'a benchmark' };
  const variants = { a: 'a', b: 'b' };
  await call(core.httpUrl, 'AdminService/Commit', {
    ...about,
    changes: [
      { kind: 'flag', key, document: { type: 'string', enabled: true, variants, default: { variant: 'a' } } },
      ...Object.entries(metrics).map(([name, document]) => ({ kind: 'metric', key: name, document })),
      {
        kind: 'experiment',
        key,
        document: {
          control: 'a',
          target: { kind: 'flag', key },
          variants: Object.keys(variants).map((variant) => ({ variant, weight: 1 })),
          allocation: 100_000,
          metrics: Object.keys(metrics).map((name, at) => ({
            key: name,
            role: at === 0 ? 'goal' : 'secondary',
          })),
          plan: { method: 'sequential', alpha: 0.05 },
        },
      },
    ],
  });
  await call(core.httpUrl, 'ExperimentService/StartExperiment', { ...about, key });
}

/** Records that every unit of the producers saw one of the variants. */
export async function expose({ core }: EventStage, { sdkKey, reference }: TestEnvironment): Promise<void> {
  const client = new EventServiceClient(core.grpcUrl.replace('http://', ''), credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${sdkKey}`);
  const timeMs = Date.now();
  const send = (request: RecordRequest): Promise<void> =>
    new Promise((resolve, reject) => {
      client.record(request, metadata, (error) => (error === null ? resolve() : reject(error)));
    });
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      let sequence = 0;
      for (let from = lane * perBatch; from < units; from += lanes * perBatch) {
        sequence += 1;
        const events = Array.from({ length: perBatch }, (_unit, at) => exposure(from + at, timeMs));
        const request = { environment: reference, instanceId: `exposures-${String(lane)}`, sequence, events };
        await send(RecordRequest.fromPartial(request));
      }
    }),
  );
  client.close();
}

const exposure = (unit: number, timeMs: number): Event => ({
  timeMs,
  body: {
    $case: 'exposure',
    value: {
      flagKey: key,
      variant: unit % 2 === 0 ? 'a' : 'b',
      rule: `overlay:experiment:${key}`,
      revision: 1,
      units: { user: `user-${String(unit)}` },
      excluded: false,
      attributes: undefined,
    },
  },
});

export interface ResultsFigures {
  readonly units: number;
  readonly metrics: number;
  /** Until an answer with all units was there. */
  readonly firstMs: number;
  /** The slowest answer: of those until then, and of 20 after it. */
  readonly ms: number;
}

const answers = 20;
const betweenMs = 200;

/** Asks until everything is in, then again and again. */
export async function timeResults(
  { core }: EventStage,
  { reference }: TestEnvironment,
): Promise<ResultsFigures> {
  let ms = 0;
  const ask = async (): Promise<number> => {
    const askedMs = performance.now();
    const answer = await untilAnswered(() =>
      call<{ units: { units?: number }[] }>(core.httpUrl, 'AnalyticsService/Results', {
        environment: reference,
        experiment: key,
      }),
    );
    ms = Math.max(ms, performance.now() - askedMs);
    return answer.units.reduce((sum, { units: own = 0 }) => sum + own, 0);
  };
  const startedMs = performance.now();
  let exposed = 0;
  while (exposed < units) {
    exposed = await ask();
    if (exposed < units) await pause(betweenMs);
  }
  const firstMs = performance.now() - startedMs;
  for (let turn = 0; turn < answers; turn += 1) await ask();
  return {
    units: exposed,
    metrics: Object.keys(metrics).length,
    firstMs: Math.round(firstMs),
    ms: Math.round(ms),
  };
}
