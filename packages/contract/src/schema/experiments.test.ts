// What one metric or experiment can tell to be wrong by itself, with the place and the rule.
import { describe, expect, it } from 'vitest';
import type { Experiment, Metric } from '../model/index.ts';
import { checkSchema } from './check-schema.ts';

const conversion: Metric = { type: 'conversion', selection: { event: 'purchase' }, direction: 'increase' };
const test: Experiment = {
  target: { kind: 'flag', key: 'checkout' },
  variants: [
    { variant: 'old', weight: 50 },
    { variant: 'new', weight: 50 },
  ],
  control: 'old',
  allocation: 100_000,
  metrics: [
    { key: 'purchases', role: 'goal' },
    { key: 'errors', role: 'guardrail', margin: 0.01 },
  ],
  plan: { method: 'sequential', alpha: 0.05 },
};
const findings = (kind: 'metric' | 'experiment' | 'holdout', document: object): readonly string[] =>
  checkSchema(kind, document).map(({ field, rule }) => `${field} ${rule}`);

describe('metrics', () => {
  it.each<[string, object]>([
    ['conversion', conversion],
    ['sum', { ...conversion, type: 'sum', winsorization: { lower: 0, upperQuantile: 0.999 } }],
    [
      'ratio',
      {
        type: 'ratio',
        numerator: { event: 'click', aggregate: 'count' },
        denominator: { event: 'view', aggregate: 'count' },
        direction: 'increase',
      },
    ],
    ['quantile', { ...conversion, type: 'quantile', quantile: 0.95, direction: 'decrease' }],
    ['retention', { ...conversion, type: 'retention', window: { fromHours: 24, toHours: 48 } }],
    ['funnel', { type: 'funnel', steps: [{ event: 'view' }, { event: 'buy' }], direction: 'increase' }],
  ])('takes a %s', (_, document) => expect(findings('metric', document)).toEqual([]));

  it.each<[object, string]>([
    [{ ...conversion, selection: undefined }, 'selection required'],
    [{ ...conversion, quantile: 0.5 }, 'quantile unexpected'],
    [{ ...conversion, type: 'quantile' }, 'quantile required'],
    [{ ...conversion, type: 'retention', window: { fromHours: 48, toHours: 24 } }, 'window.toHours range'],
    [{ ...conversion, winsorization: { lower: 2, upper: 1 } }, 'winsorization.lower range'],
  ])('refuses %j', (document, finding) =>
    expect(findings('metric', JSON.parse(JSON.stringify(document)) as object)).toContain(finding),
  );
});

describe('experiments', () => {
  it('takes a sound one', () => expect(findings('experiment', test)).toEqual([]));

  it.each<[object, string]>([
    [{ ...test, control: 'other' }, 'control unknown_variant'],
    [{ ...test, variants: [test.variants[0], test.variants[0]] }, 'variants[1].variant unique'],
    [{ ...test, allocation: 100_001 }, 'allocation max_value'],
    [{ ...test, metrics: [{ key: 'errors', role: 'guardrail' }] }, 'metrics required'],
    [{ ...test, metrics: [{ key: 'purchases', role: 'goal', margin: 0.1 }] }, 'metrics[0].margin unexpected'],
    [
      { ...test, decisionRule: 'automatic', plan: { method: 'bayesian', credibility: 0.95 } },
      'decisionRule plan',
    ],
  ])('refuses %j', (document, finding) => expect(findings('experiment', document)).toContain(finding));

  it('refuses negative weights and unknown methods', () => {
    const negative = [{ variant: 'old', weight: -1 }, test.variants[1]];
    expect(findings('experiment', { ...test, variants: negative })[0]).toMatch(/^variants\[0\]\.weight /);
    expect(findings('experiment', { ...test, plan: { method: 'peeking', alpha: 0.05 } })[0]).toMatch(/^plan/);
  });
});

it('keeps holdouts to half of the units', () => {
  expect(findings('holdout', { allocation: 5_000 })).toEqual([]);
  expect(findings('holdout', { allocation: 60_000 })).toEqual(['allocation max_value']);
});

it('lets holdouts cover an environment or a layer', () => {
  for (const scope of [{ kind: 'environment' }, { kind: 'layer', layer: 'checkout' }])
    expect(findings('holdout', { allocation: 5_000, scope })).toEqual([]);
  expect(findings('holdout', { allocation: 5_000, scope: { kind: 'layer' } })).toEqual([
    'scope.layer required',
  ]);
  expect(findings('holdout', { allocation: 5_000, scope: { kind: 'environment', layer: 'x' } })).toHaveLength(
    1,
  );
  expect(findings('holdout', { allocation: 5_000, scope: { kind: 'flag' } })).toHaveLength(1);
  expect(findings('holdout', { allocation: 5_000, salt: 'holdout:other' })).toEqual([]);
  expect(findings('holdout', { allocation: 5_000, salt: 'other' })).toHaveLength(1);
});
