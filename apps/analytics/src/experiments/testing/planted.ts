// Events planted for tests of experiments: exposures and metric events of an experiment "checkout" on the flag "button".
import type { Event } from '@org/contract/gen/flags/v1/event_service';
import type { Experiment, Metric } from '@org/contract/model';
import type { EventLog } from '../../log/event-log.ts';
import { createIngest } from '../../ingest/ingest.ts';
import type { Database } from '../../store/database.ts';
import { batchOf, createMemoryLog, noonMs, type MemoryLog } from '../../testing/memory-log.ts';

export const environmentId = 'env-1';
export const experimentKey = 'checkout';
/** When the experiment started. */
export const startMs = noonMs;
export const hourMs = 3_600_000;

/** A running experiment of two variants, half each. */
export const experimentWith = (more: Partial<Experiment> = {}): Experiment => ({
  target: { kind: 'flag', key: 'button' },
  variants: [
    { variant: 'a', weight: 1 },
    { variant: 'b', weight: 1 },
  ],
  control: 'a',
  allocation: 100_000,
  metrics: [],
  plan: { method: 'sequential', alpha: 0.05 },
  life: { state: 'running', startedAt: new Date(startMs).toISOString() },
  ...more,
});

/** A metric of events of one name. */
export const metricOf = (type: Metric['type'], event: string, more: Partial<Metric> = {}): Metric => ({
  type,
  direction: 'increase',
  selection: { event },
  ...more,
});

/** The unit saw the variant by the experiment. */
export const exposure = (
  unit: string,
  variant: string,
  timeMs: number,
  more: {
    readonly rule?: string;
    readonly excluded?: boolean;
    readonly attributes?: Readonly<Record<string, unknown>>;
  } = {},
): Event => ({
  timeMs,
  body: {
    $case: 'exposure',
    value: {
      flagKey: 'button',
      variant,
      rule: more.rule ?? `overlay:experiment:${experimentKey}`,
      revision: 1,
      units: { user: unit },
      excluded: more.excluded ?? false,
      attributes: more.attributes,
    },
  },
});

/** The unit did something. */
export const track = (
  unit: string,
  name: string,
  timeMs: number,
  value?: number,
  attributes?: Readonly<Record<string, unknown>>,
): Event => ({
  timeMs,
  body: { $case: 'metric', value: { name, value, units: { user: unit }, attributes, revision: 1 } },
});

const receivedAtMs = startMs + 40 * hourMs;

/** A log of batches of so many events. */
export function logOf(events: readonly Event[], perBatch: number): MemoryLog {
  const log = createMemoryLog();
  for (let start = 0, sequence = 1; start < events.length; start += perBatch, sequence += 1)
    log.append(batchOf(sequence, events.slice(start, start + perBatch), { receivedAtMs }));
  return log;
}

/** Takes everything in. */
export async function ingestAll(database: Database, log: EventLog): Promise<void> {
  const ingest = await createIngest(database, log, { lateMs: 90 * 24 * hourMs });
  while ((await ingest.step()) > 0);
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
