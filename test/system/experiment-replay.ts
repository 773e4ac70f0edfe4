// Replays recorded experiments: reads the data, starts the experiment on a real core, and records what happened to each user
// as an SDK does, in batches of 500.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { credentials, Metadata } from '@grpc/grpc-js';
import { EventServiceClient, RecordRequest, type Event } from '@org/contract/gen/flags/v1/event_service';
import type { ExperimentResults } from '@org/contract/gen/flags/v1/analytics_service';
import {
  call,
  createEnvironment,
  untilAnswered,
  type TestEnvironment,
} from '@org/tools/cluster/admin-client';
import { analyticsPort, coreVariables, startAnalytics } from '@org/tools/cluster/analytics-process';
import { startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { expect } from 'vitest';
import { closeLater } from './run.ts';

/** Lines of a data set as records by column. */
export function readDataSet(name: string): readonly Readonly<Record<string, string>>[] {
  const file = new URL(`../datasets/${name}.csv.gz`, import.meta.url);
  const [header = '', ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  const columns = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((column, index) => [column, cells[index]!]));
  });
}

/** What R says of it. */
export const readReference = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../datasets/${name}.reference.json`, import.meta.url), 'utf8')) as T;

/** A core with its analytics process, and an environment in it. */
export interface Laboratory {
  readonly core: CoreProcess;
  readonly environment: TestEnvironment;
}

/** Starts both. */
export async function openLaboratory(): Promise<Laboratory> {
  const port = await analyticsPort();
  const core = closeLater(await startCore({ environment: coreVariables(port) }));
  closeLater(
    await startAnalytics({ port, environment: { FLAGS_DATABASE_URL: `${core.dataDirectory}/flags.db` } }),
  );
  return { core, environment: await createEnvironment(core.httpUrl) };
}

/** What the experiment is about. */
export interface ReplayedExperiment {
  readonly key: string;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly experiment: { readonly control: string } & Readonly<Record<string, unknown>>;
  readonly variants: readonly string[];
}

/** Commits flag, metrics and experiment, and starts it. Answers with the moment of the start. */
export async function startExperiment(
  { core, environment }: Laboratory,
  { key, metrics, experiment, variants }: ReplayedExperiment,
): Promise<number> {
  const flag = {
    type: 'string',
    enabled: true,
    variants: Object.fromEntries(variants.map((variant) => [variant, variant])),
    default: { variant: experiment.control },
  };
  const document = {
    ...experiment,
    target: { kind: 'flag', key },
    variants: variants.map((variant) => ({ variant, weight: 1 })),
    allocation: 100_000,
  };
  const about = { environment: environment.reference, author: 'test', reason: 'a replay' };
  await call(core.httpUrl, 'AdminService/Commit', {
    ...about,
    changes: [
      { kind: 'flag', key, document: flag },
      ...Object.entries(metrics).map(([name, metric]) => ({ kind: 'metric', key: name, document: metric })),
      { kind: 'experiment', key, document },
    ],
  });
  await call(core.httpUrl, 'ExperimentService/StartExperiment', { ...about, key });
  return Date.now();
}

/** The unit saw the variant by the experiment of this key. */
export const exposed = (key: string, unit: string, variant: string, timeMs: number): Event => ({
  timeMs,
  body: {
    $case: 'exposure',
    value: {
      flagKey: key,
      variant,
      rule: `overlay:experiment:${key}`,
      revision: 1,
      units: { user: unit },
      excluded: false,
      attributes: undefined,
    },
  },
});

/** The unit did something. */
export const tracked = (
  unit: string,
  name: string,
  timeMs: number,
  value?: number,
  attributes?: Readonly<Record<string, unknown>>,
): Event => ({
  timeMs,
  body: { $case: 'metric', value: { name, value, units: { user: unit }, attributes, revision: 1 } },
});

const eventsPerBatch = 500;
const batchesAtOnce = 8;

/** Records all events; each batch again until it is accepted. */
export async function record(
  { core, environment }: Laboratory,
  events: readonly Event[],
  instance = 'replay',
): Promise<void> {
  const client = new EventServiceClient(core.grpcUrl.replace('http://', ''), credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${environment.sdkKey}`);
  const send = (request: RecordRequest): Promise<void> =>
    new Promise((resolve, reject) => {
      const attempt = (left: number): void => {
        client.record(request, metadata, (error) => {
          if (error === null) resolve();
          else if (left === 0) reject(error);
          else setTimeout(() => attempt(left - 1), 100);
        });
      };
      attempt(100);
    });
  const lanes = Array.from({ length: batchesAtOnce }, async (_, lane) => {
    const instanceId = `${instance}-${lane}`;
    let sequence = 1;
    for (let at = lane * eventsPerBatch; at < events.length; at += batchesAtOnce * eventsPerBatch) {
      const batch = events.slice(at, at + eventsPerBatch);
      await send(
        RecordRequest.fromPartial({
          environment: environment.reference,
          instanceId,
          sequence,
          events: batch,
        }),
      );
      sequence += 1;
    }
  });
  await Promise.all(lanes);
  client.close();
}

/** As JSON has them. */
export type AnsweredResults = Omit<ExperimentResults, 'dataUntil' | 'computedAt'> & {
  readonly dataUntil?: string;
};

/** Results, once everything that was recorded before is in. */
export async function settledResults(laboratory: Laboratory, experiment: string): Promise<AnsweredResults> {
  const { core, environment } = laboratory;
  // Events are taken in as they were accepted: what came before the newest one is in.
  const lastMs = Date.now();
  await record(laboratory, [tracked('nobody', 'end', lastMs)], `end-of-${experiment}-${String(lastMs)}`);
  let results: AnsweredResults | undefined;
  const settledMs = async (): Promise<number> => {
    results = await untilAnswered(() =>
      call<AnsweredResults>(core.httpUrl, 'AnalyticsService/Results', {
        environment: environment.reference,
        experiment,
      }),
    );
    return Date.parse(results.dataUntil ?? '1970-01-01');
  };
  await expect.poll(settledMs, { timeout: 120_000, interval: 200 }).toBeGreaterThanOrEqual(lastMs);
  return results!;
}
