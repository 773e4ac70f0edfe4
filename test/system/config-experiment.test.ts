// An experiment on a config, from reading a parameter to its results: exposures name the config, and everything behind them
// counts the same units.
import { createClient } from '@org/flags-node';
import type { TimeSeriesResponse } from '@org/contract/gen/flags/v1/analytics_service';
import { call } from '@org/tools/cluster/admin-client';
import { afterEach, expect, it } from 'vitest';
import { openLaboratory, settledResults } from './experiment-replay.ts';
import { closeAll, closeLater } from './run.ts';

afterEach(closeAll, 60_000);

const users = 2_000;
const config = {
  schema: { discount: { type: 'object', members: { max: { type: 'number', default: 10, max: 50 } } } },
};
const experiment = {
  target: { kind: 'config', key: 'pricing' },
  variants: [
    { variant: 'control', weight: 1 },
    { variant: 'more', weight: 1, patch: { values: { discount: { max: 20 } } } },
  ],
  control: 'control',
  allocation: 80_000,
  metrics: [
    { key: 'buys', role: 'goal' },
    { key: 'revenue', role: 'secondary' },
  ],
  plan: { method: 'sequential', alpha: 0.05 },
};
const metric = (type: string) => ({ type, selection: { event: 'buy' }, direction: 'increase' });

it('has the results of who read which values', async () => {
  const laboratory = await openLaboratory();
  const { core, environment } = laboratory;
  const about = { environment: environment.reference, author: 'test', reason: 'a test' };
  await call(core.httpUrl, 'AdminService/Commit', {
    ...about,
    changes: [
      { kind: 'config', key: 'pricing', document: config },
      { kind: 'metric', key: 'buys', document: metric('conversion') },
      { kind: 'metric', key: 'revenue', document: metric('sum') },
      { kind: 'experiment', key: 'discounts', document: experiment },
    ],
  });
  await call(core.httpUrl, 'ExperimentService/StartExperiment', { ...about, key: 'discounts' });
  const client = closeLater(createClient({ url: core.grpcUrl, key: environment.sdkKey }));
  const discounts = client.experiment('discounts');
  await expect.poll(() => discounts.get({}).reason, { timeout: 60_000 }).toBe('NO_UNIT');

  const pricing = client.config('pricing');
  const arms = {
    control: { units: 0, buyers: 0, spent: 0 },
    more: { units: 0, buyers: 0, spent: 0 },
  };
  for (let index = 0; index < users; index += 1) {
    const context = { targetingKey: `u-${index}` };
    const { value, rule } = pricing.details('discount.max', context);
    const isIn = rule === 'overlay:experiment:discounts';
    expect(discounts.get(context)).toMatchObject({ inExperiment: isIn });
    const arm = arms[value === 20 ? 'more' : 'control'];
    arm.units += isIn ? 1 : 0;
    if (index % (value === 20 ? 4 : 10) > 0) continue;
    client.track('buy', { context, value: index });
    arm.buyers += isIn ? 1 : 0;
    arm.spent += isIn ? index : 0;
  }
  await client.flush();
  expect(client.recording).toEqual({ waiting: 0, dropped: {} });

  const results = await settledResults(laboratory, 'discounts');
  const { control, more } = arms;
  expect(control.units + more.units).toBeLessThan(users);
  expect(results.units.map(({ variant, units }) => [variant, units])).toEqual([
    ['control', control.units],
    ['more', more.units],
  ]);
  const [buys, revenue] = results.metrics;
  expect(buys!.variants.map(({ unitsWithEvents }) => unitsWithEvents)).toEqual([control.buyers, more.buyers]);
  expect(revenue!.variants.map(({ mean }) => mean)).toEqual([
    expect.closeTo(control.spent / control.units, 9),
    expect.closeTo(more.spent / more.units, 9),
  ]);
  expect(results.recommendation).toMatchObject({ action: 'ship', variant: 'more' });

  const { points } = await call<TimeSeriesResponse>(core.httpUrl, 'AnalyticsService/TimeSeries', {
    environment: environment.reference,
    ...{ experiment: 'discounts', metric: 'buys', interval: 'hour' },
  });
  expect(points.at(-1)!.cumulative.map(({ units }) => units)).toEqual([control.units, more.units]);
}, 300_000);
