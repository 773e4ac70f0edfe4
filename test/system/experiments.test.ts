// Recorded experiments, replayed event by event through SDK, core, log and analytics, give the reference analyses.
import { afterEach, expect, it } from 'vitest';
import type { VariantResults } from '@org/contract/gen/flags/v1/analytics_service';
import {
  openLaboratory,
  readDataSet,
  readReference,
  settledResults,
  startExperiment,
  type AnsweredResults,
} from './experiment-replay.ts';
import { openReplay } from './replay-clients.ts';
import { closeAll } from './run.ts';

afterEach(closeAll, 60_000);

/** Of R's numbers. */
const tolerance = 1e-9;
const near = (actual: number | undefined, expected: number): void => {
  expect(actual).toBeDefined();
  expect(Math.abs(actual! - expected)).toBeLessThanOrEqual(tolerance * Math.max(Math.abs(expected), 1e-300));
};

const variantOf = ({ metrics }: AnsweredResults, metric: string, variant: string): VariantResults =>
  metrics.find((each) => each.metric === metric)!.variants.find((each) => each.variant === variant)!;

interface Share {
  readonly x1: number;
  readonly x2: number;
  readonly p1: number;
  readonly p2: number;
  readonly diff: number;
  readonly relative_lift: number;
  readonly p_pooled: number;
  readonly newcombe_ci: readonly [number, number];
  readonly relative_ci_delta: readonly [number, number];
}
interface Welch {
  readonly mean1: number;
  readonly mean2: number;
  readonly var1: number;
  readonly var2: number;
  readonly diff: number;
  readonly relative_lift: number;
  readonly p: number;
  readonly ci: readonly [number, number];
}

function expectShare(
  results: AnsweredResults,
  metric: string,
  arms: readonly [string, string],
  r: Share,
): void {
  const [control, treatment] = arms.map((arm) => variantOf(results, metric, arm));
  expect([control!.unitsWithEvents, treatment!.unitsWithEvents]).toEqual([r.x1, r.x2]);
  near(control!.mean, r.p1);
  near(treatment!.mean, r.p2);
  const { comparison } = treatment!;
  expect(comparison!.method).toBe('two_proportion_z');
  near(comparison!.difference, r.diff);
  near(comparison!.uplift, r.relative_lift);
  near(comparison!.pValue, r.p_pooled);
  near(comparison!.differenceInterval!.lower, r.newcombe_ci[0]);
  near(comparison!.differenceInterval!.upper, r.newcombe_ci[1]);
  near(comparison!.upliftInterval!.lower, r.relative_ci_delta[0]);
  near(comparison!.upliftInterval!.upper, r.relative_ci_delta[1]);
}

function expectWelch(
  results: AnsweredResults,
  metric: string,
  arms: readonly [string, string],
  r: Welch,
): void {
  const [control, treatment] = arms.map((arm) => variantOf(results, metric, arm));
  near(control!.mean, r.mean1);
  near(treatment!.mean, r.mean2);
  near(control!.standardDeviation, Math.sqrt(r.var1));
  near(treatment!.standardDeviation, Math.sqrt(r.var2));
  const { comparison } = treatment!;
  expect(comparison!.method).toBe('welch_t');
  near(comparison!.difference, r.diff);
  near(comparison!.uplift, r.relative_lift);
  near(comparison!.pValue, r.p);
  near(comparison!.differenceInterval!.lower, r.ci[0]);
  near(comparison!.differenceInterval!.upper, r.ci[1]);
}

it('says of Cookie Cats what R says', async () => {
  const laboratory = await openLaboratory();
  const users = readDataSet('cookie-cats');
  await startExperiment(laboratory, {
    key: 'gate',
    variants: ['gate_30', 'gate_40'],
    metrics: {
      retention_1: { type: 'conversion', selection: { event: 'day_1' }, direction: 'increase' },
      retention_7: { type: 'conversion', selection: { event: 'day_7' }, direction: 'increase' },
      rounds: { type: 'sum', selection: { event: 'rounds' }, direction: 'increase' },
      rounds_bounded: {
        type: 'sum',
        selection: { event: 'rounds' },
        direction: 'increase',
        winsorization: { upperQuantile: 0.999 },
      },
    },
    experiment: {
      control: 'gate_30',
      metrics: [
        { key: 'retention_1', role: 'goal' },
        { key: 'retention_7', role: 'goal' },
        { key: 'rounds', role: 'goal' },
        { key: 'rounds_bounded', role: 'secondary' },
      ],
      plan: { method: 'fixed', alpha: 0.05, maxUnits: users.length },
    },
  });
  const replay = await openReplay(
    laboratory,
    'gate',
    users.map(({ version }) => version!),
  );
  await replay.live(({ client, context, meet }, index) => {
    const { retention_1, retention_7, rounds } = users[index]!;
    meet();
    client.track('rounds', { context, value: Number(rounds) });
    if (retention_1 === '1') client.track('day_1', { context });
    if (retention_7 === '1') client.track('day_7', { context });
  });
  const results = await settledResults(laboratory, 'gate');

  const reference = readReference<{
    readonly srm: { readonly counts: readonly number[] };
    readonly retention_1: Share;
    readonly retention_7: Share;
    readonly rounds_welch: Welch;
    readonly rounds_welch_winsorized: Welch;
    readonly holm_3metrics: readonly number[];
  }>('cookie-cats');
  const arms = ['gate_30', 'gate_40'] as const;
  expect(results.units.map(({ units }) => units)).toEqual(reference.srm.counts);
  expectShare(results, 'retention_1', arms, reference.retention_1);
  expectShare(results, 'retention_7', arms, reference.retention_7);
  expectWelch(results, 'rounds', arms, reference.rounds_welch);
  expectWelch(results, 'rounds_bounded', arms, reference.rounds_welch_winsorized);
  for (const [index, metric] of ['retention_1', 'retention_7', 'rounds'].entries())
    near(variantOf(results, metric, 'gate_40').comparison!.adjustedPValue, reference.holm_3metrics[index]!);
  expect(results.recommendation).toMatchObject({ action: 'roll_back' });
}, 300_000);

it('says of the Hillstrom e-mail test what R says', async () => {
  const laboratory = await openLaboratory();
  const customers = readDataSet('hillstrom');
  const isPurchase = { op: 'equals', attribute: 'kind', value: 'purchase' };
  const metric = (type: string, event: string, more = {}): unknown => ({
    type,
    selection: { event },
    direction: 'increase',
    ...more,
  });
  await startExperiment(laboratory, {
    key: 'mail',
    variants: ['none', 'mens', 'womens'],
    metrics: {
      visit: metric('conversion', 'visit'),
      conversion: metric('conversion', 'conversion'),
      // Without what customers spent before: that is no purchase of a known kind.
      spend: metric('sum', 'spend', { selection: { event: 'spend', where: isPurchase } }),
      spend_adjusted: metric('sum', 'spend'),
      spend_per_visit: {
        type: 'ratio',
        numerator: { event: 'spend', aggregate: 'sum' },
        denominator: { event: 'visit', aggregate: 'count' },
        direction: 'increase',
      },
    },
    experiment: {
      control: 'none',
      metrics: [
        { key: 'visit', role: 'goal' },
        { key: 'conversion', role: 'goal' },
        { key: 'spend', role: 'goal' },
        { key: 'spend_adjusted', role: 'secondary' },
        { key: 'spend_per_visit', role: 'secondary' },
      ],
      plan: { method: 'fixed', alpha: 0.05, maxUnits: customers.length },
      prePeriodHours: 24,
    },
  });
  const replay = await openReplay(
    laboratory,
    'mail',
    customers.map(({ segment }) => segment!),
  );
  await replay.live(({ client, context }, index) => {
    client.track('spend', { context, value: Number(customers[index]!.history) });
  });
  // What was spent in the very millisecond of the mail would not lie before it.
  const spentMs = Date.now();
  await expect.poll(() => Date.now()).toBeGreaterThan(spentMs);
  await replay.live(({ client, context, meet }, index) => {
    const { visit, conversion, spend } = customers[index]!;
    meet();
    if (visit === '1') client.track('visit', { context });
    if (conversion === '1') client.track('conversion', { context });
    if (spend !== '0')
      client.track('spend', { context, value: Number(spend), attributes: { kind: 'purchase' } });
  });
  const results = await settledResults(laboratory, 'mail');

  interface Campaign {
    readonly visit: Share;
    readonly conversion: Share;
    readonly spend: Welch;
    readonly spend_cuped_on_history: { readonly diff: number; readonly variance_reduction: number };
    readonly spend_per_visit_ratio: {
      readonly control: number;
      readonly treatment: number;
      readonly diff: number;
    };
  }
  const reference = readReference<{
    readonly srm: { readonly counts: readonly number[] };
    readonly mens: Campaign;
    readonly womens: Campaign;
    readonly holm: readonly number[];
  }>('hillstrom');
  expect(results.units.map(({ units }) => units)).toEqual(reference.srm.counts);
  for (const [index, campaign] of (['mens', 'womens'] as const).entries()) {
    const r = reference[campaign];
    const arms = ['none', campaign] as const;
    expectShare(results, 'visit', arms, r.visit);
    expectShare(results, 'conversion', arms, r.conversion);
    expectWelch(results, 'spend', arms, r.spend);
    const adjusted = variantOf(results, 'spend_adjusted', campaign).comparison!;
    near(adjusted.difference, r.spend_cuped_on_history.diff);
    near(adjusted.varianceReduction, r.spend_cuped_on_history.variance_reduction);
    near(variantOf(results, 'spend_per_visit', 'none').mean, r.spend_per_visit_ratio.control);
    near(variantOf(results, 'spend_per_visit', campaign).mean, r.spend_per_visit_ratio.treatment);
    near(
      variantOf(results, 'spend_per_visit', campaign).comparison!.difference,
      r.spend_per_visit_ratio.diff,
    );
    for (const [at, metric] of ['visit', 'conversion', 'spend'].entries())
      near(variantOf(results, metric, campaign).comparison!.adjustedPValue, reference.holm[index * 3 + at]!);
  }
  expect(results.recommendation).toMatchObject({ action: 'ship', variant: 'mens' });
}, 300_000);
