// What goes on now: rates, latencies and errors per flag and variant, from events of many instances.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event } from '@org/contract/gen/flags/v1/event_service';
import { createCallTelemetry, createLatencyTally } from '@org/events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createIngest } from '../ingest/ingest.ts';
import { openDatabase, type Database } from '../store/database.ts';
import { batchOf, createMemoryLog, noonMs, type MemoryLog } from '../testing/memory-log.ts';
import { hotWindow } from './hot-window.ts';

let folder: string;
let database: Database;
let log: MemoryLog;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'analytics-'));
  database = await openDatabase({ path: join(folder, 'a.duckdb'), memoryMegabytes: 64, threads: 1 });
  log = createMemoryLog();
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const fill = async (): Promise<void> => {
  const ingest = await createIngest(database, log, { lateMs: 86_400_000, erasures: database.erasures });
  while ((await ingest.step()) > 0);
};

it('tells rates of the last seconds by when events came', async () => {
  log.append(
    batchOf(1, [
      {
        timeMs: noonMs,
        body: {
          $case: 'evaluationCount',
          value: {
            flagKey: 'f',
            variant: 'on',
            reason: 'SPLIT',
            rule: 'default',
            revision: 4,
            count: 9,
            fromMs: noonMs,
            errorCode: '',
            evaluationTime: undefined,
          },
        },
      },
      {
        timeMs: noonMs,
        body: {
          $case: 'exposure',
          value: {
            flagKey: 'f',
            variant: 'on',
            rule: 'default',
            revision: 4,
            units: { user: 'u' },
            excluded: false,
            attributes: undefined,
          },
        },
      },
    ]),
  );
  await fill();
  const ask = (nowMs: number) =>
    hotWindow({ database, now: () => nowMs }, { environment: 'env-1', flagKey: '', seconds: 60 });
  expect(await ask(noonMs + 30_000)).toMatchObject({
    value: {
      variants: [
        { flagKey: 'f', variant: 'on', revision: 4, evaluations: 9, errorEvaluations: 0, exposures: 1 },
      ],
    },
  });
  expect(await ask(noonMs + 120_000)).toMatchObject({ value: { variants: [] } });
});

/** Calls of one instance in the minute of noon: `unit` u-i took i milliseconds, and failed where it is told. */
const callsOf = (from: number, to: number, failed: (unit: number) => boolean): readonly Event[] => {
  const telemetry = createCallTelemetry({ wallMs: () => noonMs, onDrop: () => expect.unreachable() });
  const outcome = { flagKey: 'f', variant: 'on', rule: 'default', revision: 4 };
  for (let unit = from; unit < to; unit += 1) {
    telemetry.recordCall(outcome, { targetingKey: `u-${unit}` }, unit, failed(unit));
    telemetry.recordCall({ ...outcome, excluded: true }, { targetingKey: 'tester' }, 9_999, true);
  }
  telemetry.recordTrip(outcome);
  return telemetry.take(noonMs);
};

it('adds up guarded calls of all instances; units with errors count once, those kept out never', async () => {
  const isFailed = (unit: number): boolean => unit >= 480;
  log.append(batchOf(1, callsOf(0, 500, isFailed)));
  // The same units once more on another instance: no further evidence.
  log.append(batchOf(1, callsOf(480, 500, isFailed), { instanceId: 'instance-2' }));
  log.append(
    batchOf(
      1,
      callsOf(500, 1_000, () => false),
      { instanceId: 'instance-3' },
    ),
  );
  await fill();
  const answer = await hotWindow(
    { database, now: () => noonMs + 2_000 },
    { environment: 'env-1', flagKey: 'f', seconds: 60 },
  );
  const [variant] = answer.ok ? answer.value.variants : [];
  expect(variant).toMatchObject({ calls: 1_020, callErrors: 40, unitsWithErrors: 20, trips: 3 });
  const exact = [
    ...Array.from({ length: 1_000 }, (_, unit) => unit),
    ...Array.from({ length: 20 }, (_, at) => 480 + at),
  ].toSorted((a, b) => a - b);
  for (const [share, told] of [
    [0.5, variant!.latencyP50Ms],
    [0.95, variant!.latencyP95Ms],
    [0.99, variant!.latencyP99Ms],
  ] as const) {
    const expected = exact[Math.floor(share * (exact.length - 1))]!;
    expect(Math.abs(told! - expected)).toBeLessThanOrEqual(expected * 0.0101);
  }
  expect(variant!.evaluationP50Ms).toBeUndefined();
});

it('tells how long sampled evaluations took', async () => {
  const tally = createLatencyTally();
  for (let sample = 1; sample <= 100; sample += 1) tally.add(sample / 1_000);
  const value = {
    flagKey: 'f',
    variant: 'on',
    reason: 'SPLIT',
    rule: 'default',
    revision: 4,
    count: 9,
    fromMs: noonMs,
    errorCode: '',
    evaluationTime: tally.toSketch(),
  };
  log.append(batchOf(1, [{ timeMs: noonMs, body: { $case: 'evaluationCount', value } }]));
  await fill();
  const answer = await hotWindow(
    { database, now: () => noonMs + 2_000 },
    { environment: 'env-1', flagKey: '', seconds: 60 },
  );
  const [variant] = answer.ok ? answer.value.variants : [];
  expect(variant!.evaluationP50Ms).toBeCloseTo(0.05, 3);
  expect(variant!.evaluationP99Ms).toBeCloseTo(0.098, 2);
  expect(variant!.latencyP50Ms).toBeUndefined();
});
