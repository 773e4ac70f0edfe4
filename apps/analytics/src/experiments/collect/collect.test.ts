// Statistics of planted events are what they were planted to be, and have the same bits however the events came in.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { meanOf, varianceOf } from '@org/stats';
import type { Event } from '@org/contract/gen/flags/v1/event_service';
import type { Experiment, Metric } from '@org/contract/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
import { collect } from './collect.ts';
import type { ArmMetric, Collected, CollectRequest } from './request.ts';

let folder: string;
let database: Database;
const open = async (name: string): Promise<Database> =>
  openDatabase({ path: join(folder, name), memoryMegabytes: 64, threads: 2 });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collect-'));
  database = await open('a.duckdb');
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const requestOf = (
  metrics: readonly Metric[],
  more: Partial<CollectRequest> & { readonly experiment?: Experiment } = {},
): CollectRequest => ({
  environmentId,
  experimentKey,
  experiment: experimentWith(),
  metrics: metrics.map((metric, index) => ({ key: `m${index}`, metric })),
  grouping: { by: 'nothing' },
  ...more,
});

async function collected(events: readonly Event[], request: CollectRequest): Promise<Collected> {
  await ingestAll(database, logOf(events, 100));
  return collect(gatherLocally(database), request);
}

/** The first metric of both arms. */
const armsOf = ({ groups }: Collected, metric = 0): readonly ArmMetric[] =>
  groups[0]!.arms.map((arm) => arm.metrics[metric]!);

describe('units', () => {
  it('are those that the experiment showed a variant, once each, from its start to its end', async () => {
    const experiment = experimentWith({
      life: {
        state: 'stopped',
        startedAt: new Date(startMs).toISOString(),
        stoppedAt: new Date(startMs + 10).toISOString(),
      },
    });
    const { groups, crossedUnits, excluded } = await collected(
      [
        exposure('u1', 'a', startMs),
        exposure('u1', 'a', startMs + 5),
        exposure('u2', 'b', startMs + 10),
        exposure('too-early', 'b', startMs - 1),
        exposure('too-late', 'b', startMs + 11),
        exposure('other-rule', 'b', startMs + 1, { rule: 'rule:x' }),
        exposure('crossed', 'a', startMs + 1),
        exposure('crossed', 'b', startMs + 2),
        exposure('targeted', 'b', startMs + 1, { rule: 'target', excluded: true }),
        exposure('overridden', 'a', startMs + 1),
        exposure('overridden', 'b', startMs + 2, { rule: 'override', excluded: true }),
      ],
      requestOf([], { experiment }),
    );
    expect(groups.map(({ arms }) => arms.map(({ units }) => units))).toEqual([[1, 1]]);
    expect({ crossedUnits, excluded }).toEqual({
      crossedUnits: 1,
      excluded: { targeted: 1, overridden: 1, condition: 0 },
    });
  });

  it('of another kind are told by their own key', async () => {
    const ofOrganisation = (event: Event, organisation: string): Event => {
      if (event.body?.$case === 'exposure' || event.body?.$case === 'metric')
        event.body.value.units = { organisation, user: `u-of-${organisation}` };
      return event;
    };
    const result = await collected(
      [
        ofOrganisation(exposure('', 'a', startMs), 'o1'),
        ofOrganisation(exposure('', 'b', startMs), 'o2'),
        ofOrganisation(track('', 'buy', startMs + 1, 5), 'o2'),
        exposure('u-alone', 'b', startMs),
      ],
      requestOf([metricOf('sum', 'buy')], { experiment: experimentWith({ unit: 'organisation' }) }),
    );
    expect(armsOf(result).map(({ statistics }) => meanOf(statistics.outcome))).toEqual([0, 5]);
    expect(result.groups[0]!.arms.map(({ units }) => units)).toEqual([1, 1]);
  });

  it('of a planned look are those exposed first', async () => {
    const events = Array.from({ length: 50 }, (_, at) =>
      exposure(`u${at}`, at % 2 ? 'b' : 'a', startMs + at),
    );
    const { groups } = await collected(events, requestOf([], { unitsMax: 20 }));
    expect(groups[0]!.arms.map(({ units }) => units)).toEqual([10, 10]);
  });
});

describe('metrics', () => {
  const shown = [exposure('u1', 'a', startMs), exposure('u2', 'b', startMs), exposure('u3', 'b', startMs)];
  const value = (arm: ArmMetric | undefined): number | null => meanOf(arm!.statistics.outcome);

  it('count events from the first exposure on, within the conversion window', async () => {
    const result = await collected(
      [
        ...shown,
        track('u1', 'buy', startMs - 1, 100),
        track('u1', 'buy', startMs, 2),
        track('u2', 'buy', startMs + hourMs - 1, 3),
        track('u2', 'buy', startMs + hourMs, 50),
        track('nobody', 'buy', startMs + 1, 9),
      ],
      requestOf([
        metricOf('sum', 'buy', { conversionWindowHours: 1 }),
        metricOf('count', 'buy'),
        metricOf('conversion', 'buy'),
        metricOf('mean', 'buy'),
      ]),
    );
    expect(armsOf(result, 0).map(value)).toEqual([2, 1.5]);
    expect(armsOf(result, 1).map(value)).toEqual([1, 1]);
    expect(armsOf(result, 2).map(value)).toEqual([1, 0.5]);
    expect(armsOf(result, 3).map((arm) => [arm.units, value(arm)])).toEqual([
      [1, 2],
      [1, 53],
    ]);
  });

  it('count the events that fulfil a condition on their attributes', async () => {
    const selection = {
      event: 'buy',
      where: { op: 'greater', attribute: 'items', value: 2 },
    };
    const result = await collected(
      [
        ...shown,
        track('u1', 'buy', startMs + 1, 1, { items: 3, kind: "O'Neill" }),
        track('u2', 'buy', startMs + 1, 1, { items: 2 }),
        track('u3', 'buy', startMs + 1, 1),
      ],
      requestOf([metricOf('conversion', 'buy', { selection })]),
    );
    expect(armsOf(result).map(value)).toEqual([1, 0]);
  });

  it('pull extreme values to their bounds, those of all variants together', async () => {
    const events = [
      ...Array.from({ length: 10 }, (_, at) => exposure(`w${at}`, at % 2 ? 'b' : 'a', startMs)),
      ...Array.from({ length: 10 }, (_, at) => track(`w${at}`, 'buy', startMs + 1, at === 9 ? 1_000 : at)),
    ];
    const result = await collected(
      events,
      requestOf([
        metricOf('sum', 'buy', { winsorization: { upperQuantile: 0.5 } }),
        metricOf('sum', 'buy', { winsorization: { lower: 2, upper: 6 } }),
      ]),
    );
    // The median of 0..8 and 1000 is 4.5.
    expect(armsOf(result, 0).map(value)).toEqual([
      (0 + 2 + 4 + 4.5 + 4.5) / 5,
      (1 + 3 + 4.5 + 4.5 + 4.5) / 5,
    ]);
    expect(armsOf(result, 1).map(value)).toEqual([(2 + 2 + 4 + 6 + 6) / 5, (2 + 3 + 5 + 6 + 6) / 5]);
  });

  it('divide one by another, take the covariate from before, and ask who came back', async () => {
    const experiment = experimentWith({ prePeriodHours: 24 });
    const result = await collected(
      [
        ...shown,
        track('u2', 'view', startMs + 1),
        track('u2', 'view', startMs + 2),
        track('u3', 'view', startMs + 2),
        track('u2', 'buy', startMs + 3, 8),
        track('u2', 'buy', startMs - hourMs, 4),
        track('u2', 'buy', startMs - 25 * hourMs, 32),
        track('u3', 'open', startMs + 24 * hourMs),
        track('u1', 'open', startMs + 26 * hourMs),
      ],
      requestOf(
        [
          {
            type: 'ratio',
            direction: 'increase',
            numerator: { event: 'buy', aggregate: 'sum' },
            denominator: { event: 'view', aggregate: 'count' },
          },
          metricOf('sum', 'buy'),
          metricOf('retention', 'open', { window: { fromHours: 24, toHours: 26 } }),
          metricOf('retention', 'open', { window: { fromHours: 24, toHours: 240 } }),
        ],
        { experiment },
      ),
    );
    const { ratio } = armsOf(result, 0)[1]!.statistics;
    expect([meanOf(ratio.x), meanOf(ratio.y), ratio.cross]).toEqual([4, 1.5, 4]);
    const { covariate } = armsOf(result, 1)[1]!.statistics;
    expect([meanOf(covariate.x), meanOf(covariate.y), covariate.cross]).toEqual([4, 2, 16]);
    expect(armsOf(result, 2).map(value)).toEqual([0, 0.5]);
    // Nobody's window of ten days is over.
    expect(armsOf(result, 3).map(({ units }) => units)).toEqual([0, 0]);
  });

  it('follow units through the steps of a funnel, in their order', async () => {
    const steps = [{ event: 'cart' }, { event: 'pay' }, { event: 'done' }];
    const result = await collected(
      [
        ...shown,
        track('u1', 'pay', startMs + 1),
        track('u1', 'cart', startMs + 2),
        track('u2', 'cart', startMs + 1),
        track('u2', 'pay', startMs + 2),
        track('u2', 'done', startMs + 3),
        track('u3', 'cart', startMs + 1),
        track('u3', 'done', startMs + 2),
        track('u3', 'pay', startMs + 3),
      ],
      requestOf([{ type: 'funnel', direction: 'increase', steps }]),
    );
    expect(armsOf(result).map(({ reached }) => reached)).toEqual([
      [1, 0, 0],
      [2, 2, 1],
    ]);
    expect(armsOf(result).map(value)).toEqual([0, 0.5]);
  });

  it('count values that nothing can be computed of, and go on without them', async () => {
    const result = await collected(
      [...shown, ...[NaN, Infinity, 1e308, 7].map((bad, at) => track('u1', 'buy', startMs + at, bad))],
      requestOf([metricOf('sum', 'buy'), metricOf('count', 'buy')]),
    );
    expect(result.unusableValues).toBe(3);
    expect(armsOf(result, 0).map(value)).toEqual([7, 0]);
    expect(armsOf(result, 1).map(value)).toEqual([4, 0]);
  });
});

describe('the same events', () => {
  const random = randomOf(7);
  const events: Event[] = [];
  for (let unit = 0; unit < 2_000; unit += 1) {
    const first = startMs + Math.floor(random() * hourMs);
    events.push(exposure(`unit-${unit}`, random() < 0.5 ? 'a' : 'b', first));
    for (let buys = Math.floor(random() * 4); buys > 0; buys -= 1)
      events.push(track(`unit-${unit}`, 'buy', first + Math.floor(random() * hourMs), random() * 1e3));
  }
  const request = requestOf(
    [
      metricOf('sum', 'buy'),
      metricOf('conversion', 'buy'),
      metricOf('sum', 'buy', { winsorization: { upperQuantile: 0.99 } }),
      metricOf('quantile', 'buy', { quantile: 0.9 }),
    ],
    { experiment: experimentWith({ prePeriodHours: 1 }) },
  );

  it('give the same bits, in whatever order and batches they come', async () => {
    const first = await collected(events, request);
    const shuffled = events.map((event) => ({ event, at: random() })).toSorted((a, b) => a.at - b.at);
    const other = await open('b.duckdb');
    const log = logOf(
      shuffled.map(({ event }) => event),
      7,
    );
    await ingestAll(other, log);
    const second = await collect(gatherLocally(other), request);
    other.close();
    expect(second).toEqual(first);
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
  });

  it('give the mean and variance that two plain passes give', async () => {
    const result = await collected(events, request);
    const sums = new Map<string, number>();
    const variants = new Map<string, string>();
    for (const { body } of events) {
      if (body?.$case === 'exposure') variants.set(body.value.units['user']!, body.value.variant);
      if (body?.$case === 'metric') {
        const unit = body.value.units['user']!;
        sums.set(unit, (sums.get(unit) ?? 0) + body.value.value!);
      }
    }
    for (const [arm, variant] of ['a', 'b'].entries()) {
      const values = [...variants].filter(([, of]) => of === variant).map(([unit]) => sums.get(unit) ?? 0);
      const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
      const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (values.length - 1);
      const { outcome } = armsOf(result)[arm]!.statistics;
      expect(outcome.count).toBe(values.length);
      expect(meanOf(outcome)!).toBeCloseTo(mean, 8);
      expect(varianceOf(outcome)! / variance).toBeCloseTo(1, 10);
    }
  });
});
