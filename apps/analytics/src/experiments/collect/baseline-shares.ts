// What a metric was of all units lately: what sample sizes are reckoned from. Each unit counts from when it was seen first, as
// it would from its exposure.
import type { Metric } from '@org/contract/model';
import type { Database } from '../../store/database.ts';
import { everybody, loadEverybody } from './everybody.ts';
import { MetricShares, type MetricShare, type PartUnits } from './metric-sums.ts';
import { rangesOf, selectionsOf } from './partition-tables.ts';
import { inSnapshot } from './shares.ts';
import { PartitionReader, windowOf } from './unit-values.ts';

export interface BaselineQuestion {
  readonly environmentId: string;
  readonly metric: Metric;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** One partition's share; all units are one arm. */
export interface BaselineShare {
  readonly part: number;
  readonly metric: MetricShare;
}

/** Reads these partitions. Rejects when the database fails. */
export function readBaselineShares(
  database: Pick<Database, 'connect'>,
  parts: readonly number[],
  { environmentId, metric, fromMs, untilMs }: BaselineQuestion,
): Promise<readonly BaselineShare[]> {
  return inSnapshot(database, async (connection) => {
    const request = {
      environmentId,
      experimentKey: '',
      experiment: everybody,
      metrics: [{ key: '', metric }],
      grouping: { by: 'nothing' },
    } as const;
    const events = selectionsOf(metric).map(({ event }) => event);
    const taker = new MetricShares(metric, windowOf(metric, { stoppedMs: untilMs }));
    const shares: BaselineShare[] = [];
    for (const range of await rangesOf(connection, request, parts)) {
      const asked = { environmentId, events, fromMs, untilMs, units: 'seen' } as const;
      const loaded = await loadEverybody(connection, asked, range);
      if (loaded.parts.length === 0) continue;
      const runs = runsOf(loaded.parts);
      const counted = {
        slots: new Int32Array(loaded.parts.length),
        exposedMs: loaded.firstMs,
        dataUntilMs: untilMs,
        parts: runs,
      };
      const taken = await taker.take(new PartitionReader(connection, loaded.parts.length), counted);
      for (const [index, { part }] of runs.entries()) shares.push({ part, metric: taken[index]! });
    }
    return shares;
  });
}

/** Where each partition begins and ends in the list. */
function runsOf(parts: readonly number[]): readonly PartUnits[] {
  const starts = parts.flatMap((part, id) => (part === parts[id - 1] ? [] : [id]));
  return starts.map((from, index) => ({
    part: parts[from]!,
    from,
    to: starts[index + 1] ?? parts.length,
    slotCount: 1,
  }));
}
