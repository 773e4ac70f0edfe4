// Builders of metrics, experiments and holdouts: the documents they make pass the contract's own check.
import { describe, expect, it } from 'vitest';
import { checkSchema } from '@org/contract/schema';
import { attribute } from './condition.ts';
import { editExperiment, experiment, holdout } from './experiment-builder.ts';
import { countOf, events, metric, sumOf } from './metric-builder.ts';

describe('metrics', () => {
  it.each([
    metric.conversion('buys', 'purchase').minimumEffect(0.02).within(72),
    metric.count('errors', events('error', attribute('code').greater(499))).lowerIsBetter(),
    metric.sum('revenue', 'purchase').winsorize({ upperQuantile: 0.999 }).unit('EUR'),
    metric.mean('basket', 'purchase').describe('Of those who buy').owner('ada').tags('shop'),
    metric.ratio('click-rate', countOf('click'), countOf(events('view', attribute('page').equals('cart')))),
    metric.ratio('per-order', sumOf('purchase'), countOf('purchase')),
    metric.quantile('latency', 'load', 0.95).lowerIsBetter().unit('ms'),
    metric.retention('week-two', 'visit', 168, 336),
    metric.funnel('checkout', 'cart', events('pay'), 'purchase').higherIsBetter(),
  ])('$key', ({ document }) => expect(checkSchema('metric', document)).toEqual([]));
});

describe('experiments', () => {
  const wizard = experiment('wizard', 'checkout')
    .variants({ old: 1, new: 1 })
    .allocate(20)
    .layer('checkout')
    .eligible(attribute('country').isIn('de', 'at'))
    .holdouts('global')
    .goal('buys')
    .guardrail('errors', 0.01)
    .secondary('revenue');

  it('are documents that the contract takes', () => {
    expect(checkSchema('experiment', wizard.document)).toEqual([]);
    expect(wizard.document).toMatchObject({
      target: { kind: 'flag', key: 'checkout' },
      control: 'old',
      allocation: 20_000,
      plan: { method: 'sequential', alpha: 0.05 },
    });
    const all = wizard
      .groupSequential({ looks: 5, maxUnits: 10_000, spending: 'obrien_fleming' })
      .unit('account')
      .hypothesis('Fewer steps, more orders')
      .minimumHours(168)
      .decidesItself()
      .exclude(attribute('bot').equals(true))
      .segments('country')
      .prePeriod(336);
    expect(checkSchema('experiment', all.document)).toEqual([]);
    expect(checkSchema('experiment', wizard.fixed({ maxUnits: 100, alpha: 0.01 }).document)).toEqual([]);
    expect(checkSchema('experiment', wizard.bayesian().document)).toEqual([]);
    const held = holdout('global', 5);
    for (const each of [held, held.everywhere(), held.inLayer('checkout').unit('account')])
      expect(checkSchema('holdout', each.document)).toEqual([]);
    expect(held.inLayer('checkout').document.scope).toEqual({ kind: 'layer', layer: 'checkout' });
    expect(held.everywhere().whereNamed().document).toEqual(held.document);
  });

  it('keep the control while it is a variant, and give a metric one role', () => {
    expect(wizard.control('new').variants({ old: 1, new: 2 }).document.control).toBe('new');
    expect(wizard.control('new').variants({ old: 1, third: 2 }).document.control).toBe('old');
    expect(wizard.goal('errors').withoutMetric('revenue').document.metrics).toEqual([
      { key: 'buys', role: 'goal' },
      { key: 'errors', role: 'goal' },
    ]);
  });

  it('refuse shares that cannot be, and name the rest when they are checked', () => {
    expect(() => wizard.variants({ old: -1, new: 1 })).toThrow(RangeError);
    expect(() => wizard.allocate(101)).toThrow(RangeError);
    expect(() => holdout('h', NaN)).toThrow(RangeError);
    const bare = checkSchema('experiment', experiment('bare', 'f').document).map(({ field }) => field);
    expect(bare).toEqual(expect.arrayContaining(['variants', 'metrics']));
  });

  it('go on from what is stored', () => {
    const stored = { kind: 'experiment', key: 'wizard', revision: 7, createdAt: '', changedAt: '' } as const;
    const edited = editExperiment({ ...stored, document: wizard.document }).describe('later');
    expect(edited).toMatchObject({ key: 'wizard', expectedRevision: 7, document: { description: 'later' } });
  });
});
