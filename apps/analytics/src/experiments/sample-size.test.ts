// Sample sizes are R's, for every case of the golden file that is of two sides; methods that may be looked at take more.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SampleSizeRequest, SampleSizeResponse } from '@org/contract/gen/flags/v1/analytics_service';
import { sampleSize } from './sample-size.ts';

interface Case {
  readonly id: string;
  readonly input: {
    readonly kind: string;
    readonly p1: number;
    readonly p2: number;
    readonly delta: number;
    readonly sd: number;
    readonly alpha: number;
    readonly power: number;
    readonly sides: number;
    readonly alternative: string;
    readonly strict: boolean;
  };
  readonly expected: { readonly n_per_arm_ceil: number };
}

const golden = new URL('../../../../packages/stats/golden/power.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(golden, 'utf8')) as { readonly cases: readonly Case[] };
const planned = cases.filter(
  ({ input: { kind, sides, alternative, strict } }) =>
    (kind === 'prop_n' && sides === 2) || (kind === 't_n' && alternative === 'two.sided' && !strict),
);

const ask = (more: Partial<SampleSizeRequest>): SampleSizeRequest => ({
  environment: 'e',
  metric: '',
  minimumEffect: 0.1,
  alpha: 0,
  power: 0,
  variants: 0,
  method: '',
  unitsPerDay: 0,
  ...more,
});
const answer = (more: Partial<SampleSizeRequest>): SampleSizeResponse => {
  const result = sampleSize(ask(more));
  if (!result.ok) throw new Error(result.fault.message);
  return result.value;
};

it.each(planned)('$id', ({ input: { kind, p1, p2, delta, sd, alpha, power }, expected }) => {
  const baseline =
    kind === 'prop_n'
      ? { baselineRate: p1, minimumEffect: p2 / p1 - 1 }
      : { baselineMean: 1, baselineStandardDeviation: sd, minimumEffect: delta };
  const { unitsPerVariant, units } = answer({ ...baseline, alpha, power });
  // The relative effect is rounded: at most one unit of difference.
  expect(Math.abs(unitsPerVariant - expected.n_per_arm_ceil)).toBeLessThanOrEqual(1);
  expect(units).toBe(2 * unitsPerVariant);
});

it('has cases of both kinds', () => {
  expect(new Set(planned.map(({ input }) => input.kind)).size).toBe(2);
});

describe('a plan', () => {
  const rate = { baselineRate: 0.1, minimumEffect: 0.1 };
  it('that may be looked at takes more, and several variants share alpha', () => {
    const fixed = answer(rate).unitsPerVariant;
    const looks = answer({ ...rate, method: 'group_sequential' }).unitsPerVariant;
    const always = answer({ ...rate, method: 'sequential' }).unitsPerVariant;
    expect(looks / fixed).toBeGreaterThan(1.01);
    expect(looks / fixed).toBeLessThan(1.05);
    expect(always).toBeGreaterThan(looks);
    expect(answer({ ...rate, variants: 3 }).unitsPerVariant).toBe(
      answer({ ...rate, alpha: 0.025 }).unitsPerVariant,
    );
    expect(answer({ ...rate, unitsPerDay: 1_000 }).days).toBe((2 * fixed) / 1_000);
  });

  it.each<[string, Partial<SampleSizeRequest>]>([
    ['baseline_rate', {}],
    ['baseline_rate', { baselineMean: 1 }],
    ['baseline_rate', { baselineRate: 1.5 }],
    ['baseline_rate', { baselineRate: 0.9, minimumEffect: 0.5 }],
    ['baseline_mean', { baselineMean: 1, baselineStandardDeviation: -1 }],
    ['minimum_effect', { ...rate, minimumEffect: 0 }],
    ['minimum_effect', { ...rate, minimumEffect: NaN }],
    ['minimum_effect', { ...rate, minimumEffect: Infinity }],
    ['units_per_day', { ...rate, unitsPerDay: -1 }],
    ['variants', { ...rate, variants: 101 }],
    ['method', { ...rate, method: 'peeking' }],
  ])('is refused at %s: %j', (field, more) => {
    const result = sampleSize(ask(more));
    expect(result.ok ? '' : result.fault.violations?.[0]?.field).toBe(field);
  });
});
