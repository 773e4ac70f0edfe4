// A series from one pass says of each moment what a question about that moment says, to the bit.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event } from '@org/contract/gen/flags/v1/event_service';
import type { Metric } from '@org/contract/model';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { gatherLocally } from '../../share/gather.ts';
import { openDatabase, type Database } from '../../store/database.ts';
import {
  environmentId,
  experimentKey,
  experimentWith,
  exposure,
  hourMs,
  ingestAll,
  logOf,
  metricOf,
  randomOf,
  startMs,
  track,
} from '../testing/planted.ts';
import { collect, collectSeries } from './collect.ts';

let folder: string;
let database: Database;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'series-'));
  database = await openDatabase({ path: join(folder, 'a.duckdb'), memoryMegabytes: 64, threads: 2 });
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const metrics: readonly Metric[] = [
  metricOf('conversion', 'buy'),
  metricOf('sum', 'buy', { conversionWindowHours: 6 }),
  metricOf('sum', 'buy', { winsorization: { upper: 40 } }),
  metricOf('count', 'view'),
  metricOf('mean', 'buy', {
    selection: { event: 'buy', where: { op: 'greater', attribute: 'n', value: 1 } },
  }),
  metricOf('retention', 'view', { window: { fromHours: 2, toHours: 8 } }),
  {
    type: 'ratio',
    direction: 'increase',
    numerator: { event: 'buy', aggregate: 'sum' },
    denominator: { event: 'view', aggregate: 'count' },
  },
  { type: 'funnel', direction: 'increase', steps: [{ event: 'view' }, { event: 'buy' }, { event: 'view' }] },
];
/** These keep what each unit did. */
const heavy: readonly Metric[] = [
  metricOf('quantile', 'buy', { quantile: 0.7 }),
  metricOf('sum', 'buy', { winsorization: { upperQuantile: 0.9 } }),
];

/** Units that cross, are targeted or overridden at some time, are bots; events before and after, some at the same moment. */
function randomEvents(random: () => number): readonly Event[] {
  const at = (hours: number): number => startMs + Math.floor(random() * hours * 60) * 60_000;
  return Array.from({ length: 600 }, (_, index) => {
    const unit = `u${index}`;
    const variant = random() < 0.5 ? 'a' : 'b';
    const attributes = { bot: random() < 0.05 };
    const chance = (share: number, event: () => Event): readonly Event[] =>
      random() < share ? [event()] : [];
    const many = (count: number, event: () => Event) => Array.from({ length: count }, event);
    return [
      exposure(unit, variant, at(24), { attributes }),
      ...chance(0.3, () => exposure(unit, variant, at(24), { attributes })),
      ...chance(0.1, () => exposure(unit, variant === 'a' ? 'b' : 'a', at(24))),
      ...chance(0.05, () => exposure(unit, 'b', at(24), { rule: 'target', excluded: true })),
      ...chance(0.05, () => exposure(unit, 'a', at(24), { rule: 'override', excluded: true })),
      ...many(Math.floor(random() * 5), () => track(unit, 'view', at(30) - hourMs)),
      ...many(Math.floor(random() * 4), () =>
        track(unit, 'buy', at(30) - hourMs, random() < 0.1 ? undefined : random() * 100, {
          n: Math.floor(random() * 4),
        }),
      ),
    ];
  }).flat();
}

it.each([
  ['metrics that are summed up', metrics, 1],
  ['metrics that keep units', heavy, 2],
])('is the same for %s', async (_, asked, seed) => {
  const life = {
    state: 'stopped',
    startedAt: new Date(startMs + hourMs).toISOString(),
    stoppedAt: new Date(startMs + 20 * hourMs).toISOString(),
  } as const;
  const request = {
    environmentId,
    experimentKey,
    experiment: experimentWith({
      life,
      prePeriodHours: 3,
      exclude: { op: 'equals', attribute: 'bot', value: true },
    }),
    metrics: asked.map((metric, index) => ({ key: `m${index}`, metric })),
    grouping: { by: 'nothing' },
  } as const;
  await ingestAll(database, logOf(randomEvents(randomOf(seed)), 100));
  const gather = gatherLocally(database);
  const points = Array.from({ length: 14 }, (__, index) => startMs + index * 2 * hourMs - 1);
  const whole = await collect(gather, request);
  const series = await collectSeries(gather, request, points, whole.dataUntilMs);
  for (const [index, untilMs] of points.entries())
    expect(series[index]).toEqual((await collect(gather, { ...request, untilMs })).groups);
  const units = series.map(([group]) => group?.arms.reduce((sum, arm) => sum + arm.units, 0) ?? 0);
  expect(units[0]).toBe(0);
  expect(Math.max(...units)).toBeGreaterThan(300);
  // Those who cross or are targeted later leave.
  expect(units.at(-1)).toBe(whole.groups[0]!.arms.reduce((sum, arm) => sum + arm.units, 0));
});
