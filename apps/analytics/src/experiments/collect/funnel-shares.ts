// How far the units of some partitions come through steps: of an experiment's variants after their first exposure, or of
// everybody. Plain data, as everything that partitions of other processes tell, too.
import type { DuckDBConnection } from '@duckdb/node-api';
import type { EventSelection, Experiment, Metric } from '@org/contract/model';
import type { Database } from '../../store/database.ts';
import { FunnelWalk } from './funnel-walk.ts';
import { everybody, loadEverybody } from './everybody.ts';
import { loadPartitions, rangesOf, type PartRange } from './partition-tables.ts';
import type { CollectRequest } from './request.ts';
import { exposureTime, inSnapshot } from './shares.ts';
import { PartitionReader, windowOf } from './unit-values.ts';

/** Which units, steps and events. */
export interface FunnelQuestion {
  readonly environmentId: string;
  readonly steps: readonly EventSelection[];
  /** From the first step to the last; Infinity: no limit. */
  readonly withinMs: number;
  /** Events before and after do not count. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Left out: everybody. */
  readonly of?: {
    readonly experimentKey: string;
    readonly experiment: Experiment;
    /** Of the funnel metric, from the first exposure. */
    readonly conversionWindowHours?: number;
  };
}

/** By arm (one, for everybody) and step. */
export interface FunnelShare {
  readonly reached: readonly (readonly number[])[];
  /** Milliseconds from the step before, of the units that came to the step. */
  readonly gapsMs: readonly (readonly (readonly number[])[])[];
}

/** Gaps kept of one arm and step, for their median. Later units are left out then: they come by their hash. */
const keptGapsMax = 1_000_000;

/** Reads these partitions. Rejects when the database fails. */
export function readFunnelShare(
  database: Pick<Database, 'connect'>,
  parts: readonly number[],
  asked: FunnelQuestion,
): Promise<FunnelShare> {
  return inSnapshot(database, async (connection) => {
    const request = requestOf(asked);
    const arms = Array.from({ length: Math.max(1, request.experiment.variants.length) }, () => ({
      reached: asked.steps.map(() => 0),
      gapsMs: asked.steps.map((): number[] => []),
    }));
    for (const range of await rangesOf(connection, request, parts)) {
      const armOf = await loadArms(connection, asked, request, range);
      if (armOf.length > 0) await walkAll(connection, asked, armOf, arms);
    }
    return { reached: arms.map(({ reached }) => reached), gapsMs: arms.map(({ gapsMs }) => gapsMs) };
  });
}

const metricOf = ({ steps, of }: FunnelQuestion): Metric => ({
  type: 'funnel',
  direction: 'increase',
  steps,
  ...(of?.conversionWindowHours === undefined ? {} : { conversionWindowHours: of.conversionWindowHours }),
});

const requestOf = (asked: FunnelQuestion): CollectRequest => ({
  environmentId: asked.environmentId,
  experimentKey: asked.of?.experimentKey ?? '',
  experiment: asked.of?.experiment ?? everybody,
  metrics: [{ key: '', metric: metricOf(asked) }],
  grouping: { by: 'nothing' },
  untilMs: asked.untilMs,
});

/** Makes the tables, and answers the arm of each unit. */
async function loadArms(
  connection: DuckDBConnection,
  { environmentId, steps, fromMs, untilMs, of }: FunnelQuestion,
  request: CollectRequest,
  range: PartRange,
): Promise<readonly number[]> {
  if (of !== undefined) {
    const time = { ...exposureTime(request), firstUntilMs: Number.MAX_VALUE };
    return (await loadPartitions(connection, request, time, range)).arms;
  }
  const events = steps.map(({ event }) => event);
  const asked = { environmentId, events, fromMs, untilMs, units: 'with_events' } as const;
  return (await loadEverybody(connection, asked, range)).parts.map(() => 0);
}

async function walkAll(
  connection: DuckDBConnection,
  asked: FunnelQuestion,
  armOf: readonly number[],
  arms: readonly { readonly reached: number[]; readonly gapsMs: readonly number[][] }[],
): Promise<void> {
  const { steps, withinMs, fromMs, of } = asked;
  const stoppedMs = of?.experiment.life?.stoppedAt;
  const window = windowOf(metricOf(asked), {
    stoppedMs: stoppedMs === undefined ? undefined : Date.parse(stoppedMs),
  });
  const walk = new FunnelWalk(steps.length, withinMs);
  let unit = -1;
  const end = (): void => {
    const { reached, gapsMs } = walk.end();
    const arm = arms[armOf[unit] ?? -1];
    for (let step = 0; arm !== undefined && step < reached; step += 1) {
      arm.reached[step]! += 1;
      if (step > 0 && arm.gapsMs[step]!.length < keptGapsMax) arm.gapsMs[step]!.push(gapsMs[step]!);
    }
  };
  await new PartitionReader(connection, armOf.length).stepEvents(steps, window, (id, step, timeMs) => {
    if (id !== unit) {
      end();
      unit = id;
    }
    if (timeMs >= fromMs) walk.take(step, timeMs);
  });
  end();
}
