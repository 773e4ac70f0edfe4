// Every type of metric, from raw events through the process to its answer, against a plain computation over the same events.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VariantResults } from '@org/contract/gen/flags/v1/analytics_service';
import type { Metric } from '@org/contract/model';
import { createLogger } from '@org/service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDefinitions } from '../definitions/definitions.ts';
import { gatherLocally } from '../share/gather.ts';
import { openDatabase, type Database } from '../store/database.ts';
import { createMemoryLog } from '../testing/memory-log.ts';
import { createExperimentHandlers, type ExperimentHandlers } from './index.ts';
import {
  environmentId as environment,
  experimentKey as experiment,
  experimentWith,
  exposure,
  hourMs,
  ingestAll,
  logOf,
  metricOf,
  randomOf,
  startMs,
  track,
} from './testing/planted.ts';

const metrics: Readonly<Record<string, Metric>> = {
  conversion: metricOf('conversion', 'buy', { conversionWindowHours: 12 }),
  count: metricOf('count', 'buy', {
    selection: { event: 'buy', where: { op: 'equals', attribute: 'unit', value: 'EUR' } },
  }),
  sum: metricOf('sum', 'buy', { winsorization: { lower: 5, upperQuantile: 0.9 } }),
  mean: metricOf('mean', 'buy', { winsorization: { upper: 120 } }),
  ratio: {
    type: 'ratio',
    direction: 'increase',
    numerator: { event: 'buy', aggregate: 'sum' },
    denominator: { event: 'view', aggregate: 'count' },
  },
  quantile: metricOf('quantile', 'buy', { quantile: 0.75, direction: 'decrease' }),
  retention: metricOf('retention', 'view', { window: { fromHours: 8, toHours: 20 } }),
  funnel: {
    type: 'funnel',
    direction: 'increase',
    steps: [{ event: 'view' }, { event: 'buy' }, { event: 'view' }],
  },
};

interface Happening {
  readonly name: string;
  readonly hour: number;
  readonly value?: number;
  readonly unit?: string;
}
interface Unit {
  readonly key: string;
  readonly variant: 'a' | 'b';
  /** Of the first exposure. */
  readonly hour: number;
  readonly happenings: readonly Happening[];
}

const random = randomOf(20_261_120);
const units = Array.from({ length: 240 }, (_, index): Unit => {
  const count = Math.floor(random() * 9);
  return {
    key: `u${index}`,
    variant: random() < 0.5 ? 'a' : 'b',
    hour: random() * 10,
    happenings: Array.from({ length: count }, (): Happening => {
      const name = random() < 0.5 ? 'buy' : 'view';
      // Some before the exposure.
      const hour = random() * 38 - 3;
      const value = Math.round(random() ** 3 * 20_000) / 100;
      return name === 'view' ? { name, hour } : { name, hour, value, unit: random() < 0.7 ? 'EUR' : 'USD' };
    }).sort((x, y) => x.hour - y.hour),
  };
});
const at = (hour: number): number => startMs + Math.round(hour * hourMs);
const events = units.flatMap(({ key, variant, hour, happenings }) => [
  exposure(key, variant, at(hour)),
  // Seen again later: the first exposure counts.
  exposure(key, variant, at(hour + 2)),
  ...happenings.map(({ name, hour: when, value, unit }) => track(key, name, at(when), value, unit ? { unit } : undefined)), // prettier-ignore
]);
const untilHour = Math.max(...events.map(({ timeMs }) => timeMs - startMs)) / hourMs;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const after = ({ hour, happenings }: Unit, name: string): readonly Happening[] =>
  happenings.filter((each) => each.name === name && at(each.hour) >= at(hour));
const total = (unit: Unit): number => sum(after(unit, 'buy').map(({ value }) => value!));
const quantileOf = (values: readonly number[], share: number): number => {
  const ascending = values.toSorted((x, y) => x - y);
  const place = (ascending.length - 1) * share;
  const below = ascending[Math.floor(place)]!;
  return below + (place - Math.floor(place)) * (ascending[Math.ceil(place)]! - below);
};
const buyers = units.filter((unit) => after(unit, 'buy').length > 0);
const bound = quantileOf(buyers.map(total), 0.9);

/** What each unit counts for; undefined: it does not. */
const plain: Readonly<Record<string, (unit: Unit) => number | undefined>> = {
  conversion: (unit) => (after(unit, 'buy').some(({ hour }) => hour < unit.hour + 12) ? 1 : 0),
  count: (unit) => after(unit, 'buy').filter((each) => each.unit === 'EUR').length,
  sum: (unit) => Math.min(bound, Math.max(5, total(unit))),
  mean: (unit) => (buyers.includes(unit) ? Math.min(120, total(unit)) : undefined),
  retention: (unit) =>
    unit.hour + 20 > untilHour
      ? undefined
      : after(unit, 'view').some(({ hour }) => hour >= unit.hour + 8 && hour < unit.hour + 20)
        ? 1
        : 0,
  funnel: (unit) => {
    const names = unit.happenings.filter(({ hour }) => hour >= unit.hour).map(({ name }) => name);
    const first = names.indexOf('view');
    const second = first < 0 ? -1 : names.indexOf('buy', first);
    return second >= 0 && names.includes('view', second) ? 1 : 0;
  },
};

let folder: string;
let database: Database;
let opened: ExperimentHandlers;
let answered: ReadonlyMap<string, readonly VariantResults[]>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrics-'));
  database = await openDatabase({ path: join(folder, 'a.duckdb'), memoryMegabytes: 64, threads: 1 });
  await ingestAll(database, logOf(events, 97));
  const definitions = await openDefinitions(database);
  const roles = Object.keys(metrics).map((key) => ({ key, role: 'goal' as const }));
  const plan = { method: 'fixed', alpha: 0.05, maxUnits: units.length } as const;
  const documents = [
    { kind: 'experiment', key: experiment, revision: 1, document: experimentWith({ metrics: roles, plan }) },
    ...Object.entries(metrics).map(([key, document]) => ({ kind: 'metric', key, revision: 1, document })),
  ];
  await definitions.put(JSON.stringify({ environmentId: environment, revision: 1, documents }));
  opened = createExperimentHandlers({
    database,
    definitions,
    gather: gatherLocally(database),
    announceErasure: () => Promise.resolve(),
    log: createMemoryLog(),
    running: { ingest: undefined },
    now: () => startMs + 48 * hourMs,
    logger: createLogger('silent'),
  });
  const results = await opened.handlers.results({ environment, experiment, level: 0 });
  if (!results.ok) throw new Error(results.fault.message);
  answered = new Map(results.value.metrics.map(({ metric, variants }) => [metric, variants]));
});
afterAll(async () => {
  await opened.close();
  database.close();
  await rm(folder, { recursive: true });
});

const near = (actual: number | undefined, expected: number): void =>
  expect(Math.abs(actual! - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
const arms = ['a', 'b'] as const;
const ofArm = (arm: string): readonly Unit[] => units.filter(({ variant }) => variant === arm);

describe('units, mean, deviation and difference', () => {
  it.each(Object.keys(plain))('of a %s', (key) => {
    const moments = arms.map((arm, index) => {
      const values = ofArm(arm).flatMap((unit) => plain[key]!(unit) ?? []);
      const mean = sum(values) / values.length;
      const variance = sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1);
      const variant = answered.get(key)![index]!;
      expect(variant.units).toBe(values.length);
      near(variant.mean, mean);
      near(variant.standardDeviation, Math.sqrt(variance));
      return { mean, variance, count: values.length };
    });
    const { comparison } = answered.get(key)![1]!;
    near(comparison!.difference, moments[1]!.mean - moments[0]!.mean);
    near(comparison!.uplift, moments[1]!.mean / moments[0]!.mean - 1);
  });
});

it('of a ratio, by the delta method', () => {
  const estimates = arms.map((arm, index) => {
    const pairs = ofArm(arm).map((unit) => [total(unit), after(unit, 'view').length] as const);
    const [x, y] = [0, 1].map((side) => sum(pairs.map((pair) => pair[side]!)) / pairs.length);
    const ratio = x! / y!;
    const residuals = sum(pairs.map(([top, bottom]) => (top - x! - ratio * (bottom - y!)) ** 2));
    near(answered.get('ratio')![index]!.mean, ratio);
    return { ratio, variance: residuals / (pairs.length - 1) / pairs.length / y! ** 2 };
  });
  const { comparison } = answered.get('ratio')![1]!;
  const difference = estimates[1]!.ratio - estimates[0]!.ratio;
  near(comparison!.difference, difference);
  const half = 1.959963984540054 * Math.sqrt(estimates[0]!.variance + estimates[1]!.variance);
  near(comparison!.differenceInterval!.lower, difference - half);
});

it('of a quantile of the events', () => {
  const values = arms.map(
    (arm) =>
    quantileOf(ofArm(arm).flatMap((unit) => after(unit, 'buy').map(({ value }) => value!)), 0.75), // prettier-ignore
  );
  arms.forEach((_, index) => near(answered.get('quantile')![index]!.mean, values[index]!));
  near(answered.get('quantile')![1]!.comparison!.difference, values[1]! - values[0]!);
});
