// From SDK to results, all of it real: what contexts say of themselves reaches segments and the exclusion, and nothing else of
// them does; units that are targeted or overridden stay out; guarded calls show in the hot window.
import { createClient } from '@org/flags-node';
import type {
  HotWindowResponse,
  QueryResponse,
  SegmentsResponse,
} from '@org/contract/gen/flags/v1/analytics_service';
import { call } from '@org/tools/cluster/admin-client';
import { afterEach, expect, it } from 'vitest';
import { openLaboratory, settledResults, startExperiment } from './experiment-replay.ts';
import { closeAll, closeLater } from './run.ts';

afterEach(closeAll, 60_000);

const users = 400;
const userOf = (index: number) => ({
  targetingKey: `u-${index}`,
  email: `u-${index}@example.com`,
  country: index % 2 === 0 ? 'de' : 'fr',
  bot: index % 50 === 0,
});

it('counts who belongs to an experiment, by segments, and says who does not and why', async () => {
  const laboratory = await openLaboratory();
  const { core, environment } = laboratory;
  const key = 'checkout';
  await startExperiment(laboratory, {
    key,
    variants: ['old', 'new'],
    metrics: { buys: { type: 'conversion', selection: { event: 'buy' }, direction: 'increase' } },
    experiment: {
      control: 'old',
      metrics: [{ key: 'buys', role: 'goal' }],
      plan: { method: 'sequential', alpha: 0.05 },
      segments: ['country'],
      exclude: { op: 'equals', attribute: 'bot', value: true },
    },
  });
  const flag = {
    type: 'string',
    enabled: true,
    variants: { old: 'old', new: 'new' },
    default: { variant: 'old' },
    targets: [{ variant: 'new', keys: ['tester'] }],
  };
  await call(core.httpUrl, 'AdminService/Commit', {
    environment: environment.reference,
    author: 'test',
    reason: 'a target',
    changes: [{ kind: 'flag', key, document: flag }],
  });
  const open = () =>
    closeLater(createClient({ url: core.grpcUrl, key: environment.sdkKey, flushIntervalMs: 20 }));
  const [client, workplace] = [open(), open()];
  await expect.poll(() => client.string(key, '').details({ targetingKey: 'tester' }).rule).toBe('target');
  await workplace.ready();

  const checkout = client.guard(
    client.string(key, ''),
    (variant, context) => {
      if (context['fails'] === true) throw new Error(variant);
    },
    { errorRateMax: 1, callsMin: 1_000_000 },
  );
  const callIt = (context: object): void => {
    try {
      checkout(context as never);
    } catch {
      // As it was told to.
    }
  };
  for (let index = 0; index < users; index += 1) {
    const user = userOf(index);
    // Two calls of a failing user are one unit with errors.
    for (let again = 0; again < 2; again += 1) callIt({ ...user, fails: index % 40 === 7 });
    if (index % 3 === 0) client.track('buy', { context: user });
  }
  for (const unit of ['tester', 'developer']) callIt({ targetingKey: unit, country: 'de', bot: false });
  workplace.override(key, 'new');
  workplace.string(key, '').get({ targetingKey: 'developer', country: 'de' });
  await Promise.all([client.flush(), workplace.flush()]);

  const results = await settledResults(laboratory, key);
  const bots = users / 50;
  expect(results.units.reduce((sum, { units }) => sum + units, 0)).toBe(users - bots);
  expect(results.sampleRatio).toMatchObject({
    excludedUnits: bots + 2,
    excludedByReason: { targeted: 1, overridden: 1, condition: bots },
  });
  const about = { environment: environment.reference };
  const { segments } = await call<SegmentsResponse>(core.httpUrl, 'AnalyticsService/Segments', {
    ...about,
    ...{ experiment: key, metric: 'buys', attribute: 'country' },
  });
  const sizes = segments.map(({ value, variants }) => [
    value,
    variants.reduce((sum, { units }) => sum + units, 0),
  ]);
  // Bots are among the even ones.
  expect(sizes).toEqual([
    ['de', users / 2 - bots],
    ['fr', users / 2],
  ]);
  const { rows } = await call<QueryResponse>(core.httpUrl, 'AnalyticsService/Query', {
    ...about,
    sql: 'SELECT DISTINCT json_keys(attributes)::VARCHAR FROM exposures WHERE attributes IS NOT NULL',
  });
  expect(rows).toEqual([['[bot, country]']]);

  const { variants } = await call<HotWindowResponse>(core.httpUrl, 'AnalyticsService/HotWindow', {
    ...about,
    ...{ flagKey: key, seconds: 3_600 },
  });
  const sum = (read: (variant: (typeof variants)[number]) => number): number =>
    // Zeros are left out of JSON.
    variants.reduce((total, variant) => total + (read(variant) || 0), 0);
  expect(sum(({ callErrors }) => callErrors)).toBe((2 * users) / 40);
  // Each once in each minute that the test took.
  expect(sum(({ unitsWithErrors }) => unitsWithErrors)).toBeGreaterThanOrEqual(users / 40);
  expect(sum(({ unitsWithErrors }) => unitsWithErrors)).toBeLessThan((2 * users) / 40);
  const called = variants.filter(({ calls }) => calls > 0);
  expect(called.map(({ latencyP99Ms }) => typeof latencyP99Ms)).toEqual(['number', 'number']);
}, 300_000);
