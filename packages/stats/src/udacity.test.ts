import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  binomialTest,
  newcombeInterval,
  pooledZTest,
  relativeRateEffect,
  sampleRatioTest,
  unpooledZTest,
  waldDifferenceInterval,
  type Proportion,
} from './index.ts';

type Row = readonly [pageviews: number, clicks: number, enrolments: number | null, payments: number | null];
interface RateReference {
  readonly [field: string]: number | readonly [number, number];
}
interface DataSet {
  readonly control: readonly Row[];
  readonly treatment: readonly Row[];
  readonly reference: Readonly<Record<string, RateReference>>;
}

const { control, treatment, reference } = JSON.parse(
  readFileSync(new URL('../data/udacity-free-trial.json', import.meta.url), 'utf8'),
) as DataSet;
const total = (rows: readonly Row[], column: 0 | 1 | 2 | 3, onlyWithOutcome: boolean): number =>
  rows.reduce((sum, row) => (onlyWithOutcome && row[2] === null ? sum : sum + (row[column] ?? 0)), 0);

describe("Udacity's daily totals", () => {
  it.each([
    ['srm_pageviews', 0],
    ['srm_clicks', 1],
  ] as const)('give the reference %s', (name, column) => {
    const counts = [total(control, column, false), total(treatment, column, false)];
    const test = sampleRatioTest(counts, [1, 1])!;
    expect(counts).toEqual(reference[name]!['counts']);
    expect(test.pearson.statistic).toBeCloseTo(reference[name]!['chi2'] as number, 10);
    expect(test.pearson.p).toBeCloseTo(reference[name]!['p'] as number, 12);
  });

  it.each([
    ['click_through', 1, 0, false],
    ['gross_conversion', 2, 1, true],
    ['net_conversion', 3, 1, true],
    ['retention', 3, 2, true],
  ] as const)('give the reference %s', (name, successes, trials, onlyWithOutcome) => {
    const arm = (rows: readonly Row[]): Proportion => ({
      successes: total(rows, successes, onlyWithOutcome),
      trials: total(rows, trials, onlyWithOutcome),
    });
    const [c, t] = [arm(control), arm(treatment)];
    const wanted = reference[name]!;
    const pooled = pooledZTest(c, t);
    const unpooled = unpooledZTest(c, t);
    expect([c.successes, c.trials, t.successes, t.trials]).toEqual(
      ['x1', 'n1', 'x2', 'n2'].map((field) => wanted[field]),
    );
    const found = {
      diff: pooled.difference,
      z_pooled: pooled.significance!.statistic,
      p_pooled: pooled.significance!.pTwoSided,
      z_unpooled: unpooled.significance!.statistic,
      p_unpooled: unpooled.significance!.pTwoSided,
      wald_ci: ends(waldDifferenceInterval(c, t, 0.95)),
      newcombe_ci: ends(newcombeInterval(c, t, 0.95)),
      relative_ci_delta: ends(relativeRateEffect(c, t, 0.95)!),
    };
    for (const [field, value] of Object.entries(found)) expectClose(value, wanted[field]!);
  });

  it.each([
    ['gross_sign_test', 2],
    ['net_sign_test', 3],
  ] as const)('give the reference %s', (name, column) => {
    const days = control.flatMap((row, i) => (row[2] === null ? [] : [[row, treatment[i]!] as const]));
    const positive = days.filter(([c, t]) => t[column]! / t[1] > c[column]! / c[1]).length;
    expect({ positive, days: days.length }).toEqual({
      positive: reference[name]!['positive_days'],
      days: reference[name]!['days'],
    });
    const { p } = binomialTest({ successes: positive, trials: days.length }, 0.5);
    expect(p).toBeCloseTo(reference[name]!['p'] as number, 12);
  });
});

function ends({ lower, upper }: { readonly lower: number; readonly upper: number }): readonly number[] {
  return [lower, upper];
}

function expectClose(found: number | readonly number[], wanted: number | readonly number[]): void {
  const expected: readonly number[] = typeof wanted === 'number' ? [wanted] : wanted;
  (typeof found === 'number' ? [found] : found).forEach((value, i) => {
    expect(Math.abs(value / expected[i]! - 1)).toBeLessThan(1e-10);
  });
}
