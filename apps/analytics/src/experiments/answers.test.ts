// What the methods answer about a planted experiment, from its events to words.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '@org/contract';
import type {
  FunnelRequest,
  FunnelResponse,
  SampleSizeRequest,
} from '@org/contract/gen/flags/v1/analytics_service';
import type { Event } from '@org/contract/gen/flags/v1/event_service';
import type { Experiment } from '@org/contract/model';
import { createLogger } from '@org/service';
import { afterEach, beforeEach, expect, it } from 'vitest';
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
  startMs,
  track,
} from './testing/planted.ts';

let folder: string;
let database: Database;
let opened: ExperimentHandlers | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'answers-'));
  database = await openDatabase({ path: join(folder, 'a.duckdb'), memoryMegabytes: 64, threads: 1 });
});
afterEach(async () => {
  await opened?.close();
  opened = undefined;
  database.close();
  await rm(folder, { recursive: true });
});

const metrics = {
  buys: metricOf('conversion', 'buy'),
  errors: metricOf('conversion', 'error', { direction: 'decrease' }),
};
const roles = [
  { key: 'buys', role: 'goal' },
  { key: 'errors', role: 'guardrail', margin: 0.5 },
] as const;

async function open(events: readonly Event[], more: Partial<Experiment> = {}) {
  await ingestAll(database, logOf(events, 500));
  const definitions = await openDefinitions(database);
  const document = (kind: string, key: string, content: unknown) => ({
    kind,
    key,
    revision: 1,
    document: content,
  });
  await definitions.put(
    JSON.stringify({
      environmentId: environment,
      revision: 1,
      documents: [
        document('experiment', experiment, experimentWith({ metrics: roles, ...more })),
        ...Object.entries(metrics).map(([key, metric]) => document('metric', key, metric)),
      ],
    }),
  );
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
  return opened.handlers;
}

/** Units alternate between the variants; of each, the first so many per thousand do it. */
const planted = (units: number, buysA: number, buysB: number): readonly Event[] =>
  Array.from({ length: units }, (_, unit): readonly Event[] => {
    const [variant, rank] = [unit % 2 === 0 ? 'a' : 'b', Math.floor(unit / 2) % 1_000];
    const at = startMs + (unit % 24) * hourMs;
    return [
      exposure(`u${unit}`, variant, at),
      ...(rank < (variant === 'a' ? buysA : buysB) ? [track(`u${unit}`, 'buy', at + 1)] : []),
      ...(rank % 10 === 0 ? [track(`u${unit}`, 'error', at + 1)] : []),
    ];
  }).flat();

const value = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.fault.message);
  return result.value;
};

it('recommends to ship what is better by evidence that may be looked at any time', async () => {
  const handlers = await open(planted(8_000, 100, 200));
  const results = value(await handlers.results({ environment, experiment, level: 0 }));
  expect(results.units.map(({ units }) => units)).toEqual([4_000, 4_000]);
  const [control, treatment] = results.metrics[0]!.variants;
  expect([control!.mean, treatment!.mean]).toEqual([0.1, 0.2]);
  expect(treatment!.comparison).toMatchObject({ method: 'asymptotic_cs', significant: true });
  expect(treatment!.comparison!.uplift).toBeCloseTo(1, 12);
  expect(results.metrics[1]!.variants[1]!.comparison!.guardrail).toBe('holds');
  expect(results.recommendation).toMatchObject({ action: 'ship', variant: 'b' });
});

it('blocks every decision while units are not spread as planned', async () => {
  const skewed = planted(8_000, 100, 200).filter(
    ({ body }) =>
      body?.$case !== 'exposure' || body.value.variant === 'a' || !body.value.units['user']!.endsWith('1'),
  );
  const { recommendation, sampleRatio } = value(
    await (await open(skewed)).results({ environment, experiment, level: 0 }),
  );
  expect(sampleRatio!.mismatch).toBe(true);
  expect(recommendation!.action).toBe('blocked');
});

it('keeps running, and says what is missing, while there is too little', async () => {
  const results = value(
    await (await open(planted(100, 100, 200))).results({ environment, experiment, level: 0 }),
  );
  expect(results.metrics[0]!.variants[1]!.comparison!.notEnough).not.toBe('');
  expect(results.recommendation!.action).toBe('keep_running');
});

it('holds boundaries to their looks', async () => {
  const plan = {
    method: 'group_sequential',
    alpha: 0.05,
    looks: 4,
    maxUnits: 16_000,
    spending: 'obrien_fleming',
  } as const;
  const results = value(
    await (await open(planted(9_000, 100, 200), { plan })).results({ environment, experiment, level: 0 }),
  );
  // The second look is at 8,000 units; those after it are not in.
  expect(results.units.map(({ units }) => units).reduce((a, b) => a + b, 0)).toBeLessThan(9_000);
  expect(results.metrics[0]!.variants[1]!.comparison).toMatchObject({
    method: 'group_sequential_obf',
    significant: true,
  });
});

it('exports, follows over time, and counts funnels', async () => {
  const handlers = await open(planted(2_400, 100, 200));
  const csv = value(await handlers.export({ environment, experiment, format: 'csv' })).content;
  expect(csv.split('\r\n').filter((line) => line !== '')).toHaveLength(5);
  const series = value(
    await handlers.timeSeries({ environment, experiment, metric: 'buys', interval: 'day' }),
  );
  const last = series.points.at(-1)!.cumulative;
  expect(last.map(({ units }) => units)).toEqual([1_200, 1_200]);
  expect(
    series.points.flatMap(({ inside }) => inside.map(({ units }) => units)).reduce((a, b) => a + b, 0),
  ).toBe(2_400);
  const funnel = value(
    await handlers.funnel({
      environment,
      experiment,
      metric: '',
      steps: ['error', 'buy'],
      withinHours: 0,
      fromMs: 0,
      untilMs: 0,
    }),
  );
  expect(funnel.variants[0]!.steps.map(({ units }) => units)).toEqual([120, 20]);
});

const hours = (hour: number): number => startMs + hour * hourMs;
const askFunnel = (more: Partial<FunnelRequest>): FunnelRequest => ({
  environment,
  experiment: '',
  metric: '',
  steps: ['view', 'pay', 'view'],
  withinHours: 0,
  fromMs: 0,
  untilMs: 0,
  ...more,
});
const reached = (result: Result<FunnelResponse>) =>
  value(result).variants.map(({ variant, steps }) => [variant, ...steps.map(({ units }) => units)]);

it('counts funnels of everybody, with the time between steps', async () => {
  const handlers = await open([
    // All steps, an hour apart; then two; one; and in the wrong order.
    ...[track('u1', 'view', hours(0)), track('u1', 'pay', hours(1)), track('u1', 'view', hours(2))],
    ...[track('u2', 'view', hours(1)), track('u2', 'pay', hours(4))],
    track('u3', 'view', hours(5)),
    track('u4', 'pay', hours(1)),
    // A second try that is quick enough.
    ...[track('u5', 'view', hours(0)), track('u5', 'view', hours(9)), track('u5', 'pay', hours(10))],
  ]);
  const all = value(await handlers.funnel(askFunnel({}))).variants[0]!;
  expect(all.variant).toBe('');
  expect(all.steps.map(({ units, medianMs }) => [units, medianMs])).toEqual([
    [4, undefined],
    [3, hourMs],
    [1, hourMs],
  ]);
  expect(all.steps[1]!.conversion).toBe(0.75);
  expect(reached(await handlers.funnel(askFunnel({ withinHours: 2 })))).toEqual([['', 4, 2, 1]]);
  expect(reached(await handlers.funnel(askFunnel({ fromMs: hours(1) })))).toEqual([['', 4, 2, 0]]);
  expect(reached(await handlers.funnel(askFunnel({ untilMs: hours(1) })))).toEqual([['', 3, 1, 0]]);
});

it('counts funnels of an experiment from the exposure on, and not an event twice', async () => {
  const handlers = await open([
    exposure('u1', 'a', hours(1)),
    exposure('u2', 'b', hours(1)),
    exposure('u3', 'b', hours(1)),
    track('u1', 'view', hours(0)),
    track('u1', 'pay', hours(2)),
    ...['u2', 'u3'].flatMap((unit) => [track(unit, 'view', hours(2)), track(unit, 'pay', hours(3))]),
  ]);
  const steps = ['view', 'pay'];
  expect(reached(await handlers.funnel(askFunnel({ experiment, steps })))).toEqual([
    ['a', 0, 0],
    ['b', 2, 2],
  ]);
  expect(reached(await handlers.funnel(askFunnel({ experiment, steps, fromMs: hours(3) })))).toEqual([
    ['a', 0, 0],
    ['b', 0, 0],
  ]);
  expect(reached(await handlers.funnel(askFunnel({ steps: ['view', 'view'] })))).toEqual([['', 3, 0]]);
});

it('takes baselines of what a metric was lately', async () => {
  // 400 units, of whom 40 buy.
  const handlers = await open([
    ...planted(400, 20, 0).filter(({ body }) => body?.$case === 'exposure'),
    ...Array.from({ length: 40 }, (_, unit) => track(`u${unit}`, 'buy', hours(30), 2 + unit)),
  ]);
  const ask = (more: Partial<SampleSizeRequest>) =>
    handlers.sampleSize({
      ...{ environment, metric: 'buys', minimumEffect: 0.1, alpha: 0, power: 0, variants: 0 },
      ...{ method: '', unitsPerDay: 0, ...more },
    });
  const based = value(await ask({}));
  expect(based.notes[0]).toBe('Baseline: a rate of 0.1 of 400 units of the last 28 days.');
  expect(based.unitsPerVariant).toBe(value(await ask({ metric: '', baselineRate: 0.1 })).unitsPerVariant);
  const given = value(await ask({ baselineRate: 0.2 }));
  expect(given.unitsPerVariant).toBe(value(await ask({ metric: '', baselineRate: 0.2 })).unitsPerVariant);
  const missing = await ask({ metric: 'nothing' });
  expect(missing.ok ? '' : missing.fault.code).toBe('NOT_FOUND');
  const never = await ask({ metric: 'errors' });
  expect(never.ok ? '' : never.fault.violations?.[0]?.field).toBe('baseline_rate');
});

it('names what a funnel lacks', async () => {
  const handlers = await open([]);
  const wrong: readonly Partial<FunnelRequest>[] = [
    { steps: ['view'] },
    { steps: ['view', ''] },
    { withinHours: -1 },
    { withinHours: NaN },
    { fromMs: 5, untilMs: 4 },
    { metric: 'buys', steps: [] },
    { metric: 'buys' },
  ];
  const results = await Promise.all(wrong.map((more) => handlers.funnel(askFunnel(more))));
  expect(results.map((result) => (result.ok ? '' : result.fault.violations?.[0]?.field))).toEqual([
    'steps',
    'steps[1]',
    'within_hours',
    'within_hours',
    'until_ms',
    'metric',
    'steps',
  ]);
});

/** The same, with a country that its exposures report. */
const inCountry = (country: string, events: readonly Event[]): readonly Event[] =>
  events.map((event): Event => {
    const { body } = event;
    if (body === undefined || (body.$case !== 'exposure' && body.$case !== 'metric')) return event;
    const units = { user: `${country}-${body.value.units['user']}` };
    return body.$case === 'exposure'
      ? { ...event, body: { $case: 'exposure', value: { ...body.value, units, attributes: { country } } } }
      : { ...event, body: { $case: 'metric', value: { ...body.value, units } } };
  });

it('breaks a metric down by what exposures reported, corrected for segments and for looking', async () => {
  const events = [
    ...inCountry('de', planted(8_000, 100, 220)),
    ...inCountry('fr', planted(8_000, 100, 100)),
    ...inCountry('it', planted(200, 100, 300)),
  ];
  const handlers = await open(events, { segments: ['country'] });
  const { segments, heterogeneityPValue } = value(
    await handlers.segments({ environment, experiment, metric: 'buys', attribute: 'country' }),
  );
  const of = (country: string) =>
    segments.find((segment) => segment.value === country)!.variants[1]!.comparison!;
  expect(segments.map((segment) => segment.variants.map(({ units }) => units))).toEqual([
    [4_000, 4_000],
    [4_000, 4_000],
    [100, 100],
  ]);
  expect(of('de')).toMatchObject({ method: 'asymptotic_cs', significant: true });
  // Holm over the two segments that have enough.
  expect(of('de').adjustedPValue).toBeCloseTo(2 * of('de').pValue!, 15);
  expect(of('fr').significant).toBe(false);
  // There everybody buys.
  expect([of('it').significant, of('it').notEnough === '']).toEqual([false, false]);
  expect(heterogeneityPValue).toBeLessThan(0.001);
});

it('judges segments at any time, also where the plan of the whole has its looks', async () => {
  const plan = { method: 'fixed', alpha: 0.05, maxUnits: 1_000_000 } as const;
  const handlers = await open(inCountry('de', planted(8_000, 100, 220)), { segments: ['country'], plan });
  const { segments, heterogeneityPValue } = value(
    await handlers.segments({ environment, experiment, metric: 'buys', attribute: 'country' }),
  );
  expect(segments[0]!.variants[1]!.comparison).toMatchObject({ method: 'asymptotic_cs', significant: true });
  expect(heterogeneityPValue).toBeUndefined();
});

it('leaves out who fulfils the exclusion at the first exposure, and says how many by which reason', async () => {
  const at = startMs + hourMs;
  const exclude = {
    op: 'or',
    of: [
      { op: 'contains', attribute: 'agent', values: ['bot'] },
      { op: 'not', of: { op: 'exists', attribute: 'agent' } },
    ],
  } as const;
  const agent = (text: string) => ({ attributes: { agent: text } });
  const events = [
    exposure('person', 'a', at, agent('browser')),
    exposure('later-a-bot', 'a', at, agent('browser')),
    exposure('later-a-bot', 'a', at + 1, agent('robot')),
    exposure('robot', 'b', at, agent('robot')),
    exposure('silent', 'b', at),
    exposure('targeted', 'b', at, agent('browser')),
    exposure('targeted', 'b', at + 1, { rule: 'target', excluded: true }),
    exposure('overridden', 'b', at, { rule: 'override', excluded: true }),
  ];
  const handlers = await open(events, { exclude });
  const results = value(await handlers.results({ environment, experiment, level: 0 }));
  expect(results.units.map(({ units }) => units)).toEqual([2, 0]);
  expect(results.sampleRatio).toMatchObject({
    excludedUnits: 4,
    excludedByReason: { targeted: 1, overridden: 1, condition: 2 },
  });
  expect(results.warnings).toContain('2 units fulfil the condition "exclude", and are left out.');
});

it('names what a request lacks', async () => {
  const handlers = await open([]);
  const fields = await Promise.all([
    handlers.results({ environment, experiment, level: 0.5 }),
    handlers.results({ environment, experiment: '', level: 0 }),
    handlers.export({ environment, experiment, format: 'xml' }),
    handlers.timeSeries({ environment, experiment, metric: 'buys', interval: 'week' }),
    handlers.segments({ environment, experiment, metric: 'buys', attribute: 'secret' }),
  ]);
  expect(fields.map((result) => (result.ok ? '' : result.fault.violations?.[0]?.field))).toEqual([
    'level',
    'experiment',
    'format',
    'interval',
    'attribute',
  ]);
});
