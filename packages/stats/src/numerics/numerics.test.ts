import { describe, expect, it } from 'vitest';
import {
  betaQuantile,
  betaTails,
  binomialQuantile,
  binomialTails,
  chiSquareQuantile,
  chiSquareTails,
  fTails,
  gammaTails,
  normalQuantile,
  normalTails,
  normalUpperQuantileOfLog,
  studentTQuantile,
  studentTTails,
  studentTTwoSided,
} from '../index.ts';
import { findZero, firstHolding } from './search.ts';
import { minimize } from './minimize.ts';
import { noncentralTTails } from './noncentral-t.ts';
import { logGamma, stirlingError } from './stirling.ts';
import { exactDeterminant } from './exact.ts';

const relative = (found: number, wanted: number): number =>
  found === wanted ? 0 : Math.abs(found - wanted) / Math.max(Math.abs(found), Math.abs(wanted));

describe('tails with a closed form', () => {
  const xs = [1e-12, 1e-9, 1e-5, 0.01, 0.3, 0.7, 0.99];
  const parameters = [1e-3, 0.1, 0.5, 1, 2, 14.9, 15.1, 30, 1e5, 1e9, 1e12];

  it.each(parameters)('of Beta(1, %d) are (1 - x)^b', (b) => {
    for (const x of xs) expect(relative(betaTails(x, 1, b).logUpper, b * Math.log1p(-x))).toBeLessThan(1e-13);
  });

  it.each(parameters)('of Beta(%d, 1) are x^a', (a) => {
    for (const x of xs) expect(relative(betaTails(x, a, 1).logLower, a * Math.log(x))).toBeLessThan(1e-13);
  });

  it.each([1e-10, 0.5, 3, 40, 700])('of the exponential distribution at %d', (x) => {
    expect(relative(gammaTails(x, 1).logUpper, -x)).toBeLessThan(1e-14);
    expect(relative(gammaTails(x, 1).lower, -Math.expm1(-x))).toBeLessThan(1e-14);
  });

  it('of Cauchy, Student with one degree of freedom', () => {
    for (const t of [1e-8, 0.3, 1, 50, 1e6, 1e150])
      expect(relative(studentTTwoSided(t, 1).p, (2 / Math.PI) * Math.atan(1 / t))).toBeLessThan(1e-13);
  });

  it.each([1, 1e3, 1e6, 5e8, 1e12])('of Beta(%d, same) at its middle are one half', (a) => {
    expect(betaTails(0.5, a, a).lower).toBeCloseTo(0.5, 13);
  });
});

describe('ends of the domain', () => {
  it('give all or nothing, never NaN', () => {
    expect(normalTails(Infinity)).toMatchObject({ lower: 1, upper: 0, logLower: 0, logUpper: -Infinity });
    expect(normalTails(-Infinity)).toMatchObject({ lower: 0, upper: 1 });
    expect(betaTails(0, 2, 3)).toMatchObject({ lower: 0, upper: 1 });
    expect(betaTails(1, 2, 3)).toMatchObject({ lower: 1, upper: 0 });
    expect(gammaTails(Infinity, 2)).toMatchObject({ lower: 1, upper: 0 });
    expect(chiSquareTails(-1, 2)).toMatchObject({ lower: 0, upper: 1 });
    expect(fTails(Infinity, 2, 3)).toMatchObject({ lower: 1, upper: 0 });
    expect(studentTTails(Infinity, 5)).toMatchObject({ lower: 1, upper: 0 });
    expect(binomialTails(-1, 5, 0.5)).toMatchObject({ lower: 0, upper: 1 });
    expect(binomialTails(5, 5, 0.5)).toMatchObject({ lower: 1, upper: 0 });
  });

  it('keep the logarithm where the probability underflows', () => {
    expect(normalTails(1e6)).toMatchObject({ upper: 0, logUpper: expect.closeTo(-5e11, -2) });
    expect(studentTTwoSided(1e200, 5).p).toBe(0);
    expect(studentTTwoSided(1e200, 5).logP).toBeCloseTo(-2299.6416895776723, 9);
  });

  it('become quantiles at the ends', () => {
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(normalQuantile(1)).toBe(Infinity);
    expect(betaQuantile(0, 2, 3)).toBe(0);
    expect(betaQuantile(1, 2, 3)).toBe(1);
    expect(chiSquareQuantile(0, 3)).toBe(0);
    expect(chiSquareQuantile(1, 3)).toBe(Infinity);
    expect(studentTQuantile(0.5, 3)).toBe(0);
  });
});

describe('what jstat gets wrong', () => {
  it.each([
    [
      'the 99.9 % t quantile at 4e9 degrees of freedom',
      studentTQuantile(0.0005, 4e9, 'upper'),
      3.290526733924322,
    ],
    ['t at 0 with 1e8 degrees of freedom', studentTTails(0, 1e8).lower, 0.5],
    ['the upper tail of z = 8.5', normalTails(8.5).upper, 9.479534822203318e-18],
    ['the upper tail of chi-square', chiSquareTails(200, 3).upper, 4.2185411071920423e-43],
    ['a binomial tail below 1e-10', binomialTails(5, 100, 0.5).lower, 6.2616225626926802e-23],
  ] as const)('%s is right here', (_, found, wanted) => {
    expect(relative(found, wanted)).toBeLessThan(1e-12);
  });
});

describe('quantiles', () => {
  it.each([0.01, 0.5, 1, 3, 200, 1e6, 1e9])('invert the tails for parameters of %d', (a) => {
    for (const p of [1e-200, 1e-20, 0.001, 0.3, 0.5, 0.9, 0.999999]) {
      const t = studentTQuantile(p, a);
      if (Math.abs(t) < 1e300)
        expect(relative(studentTTails(t, a).logLower, Math.log(p))).toBeLessThan(1e-10);
      const x = chiSquareQuantile(p, a);
      if (x > 1e-300) expect(relative(chiSquareTails(x, a).logLower, Math.log(p))).toBeLessThan(1e-8);
    }
  });

  it('come from either tail', () => {
    expect(normalQuantile(1e-300, 'upper')).toBeCloseTo(37.0471, 4);
    expect(normalUpperQuantileOfLog(-1e6)).toBeCloseTo(1414.2078, 3);
    expect(betaQuantile(1e-20, 2, 3, 'upper')).toBeCloseTo(1, 6);
    expect(studentTQuantile(0.975, 10)).toBeCloseTo(-studentTQuantile(0.975, 10, 'upper'), 12);
  });

  it('of the binomial distribution are the smallest count that is likely enough', () => {
    expect(binomialQuantile(0.5, 10, 0.5)).toBe(5);
    expect(binomialQuantile(0.025, 100, 0.5)).toBe(40);
    expect(binomialQuantile(0.025, 100, 0.5, 'upper')).toBe(60);
  });
});

describe('helpers', () => {
  it('log Gamma is exact at whole numbers', () => {
    let log = 0;
    for (let n = 2; n < 50; n++) {
      log += Math.log(n - 1);
      expect(relative(logGamma(n), log)).toBeLessThan(1e-14);
    }
    expect(stirlingError(1e8)).toBeCloseTo(1 / 12e8, 20);
    expect(logGamma(1e-8)).toBeCloseTo(Math.log(1e8), 7);
  });

  it('differences of products of counts are exact', () => {
    expect(exactDeterminant(2 ** 40 + 1, 2 ** 40 - 1, 2 ** 40, 2 ** 40)).toBe(-1);
  });

  it('noncentral t without a shift is central', () => {
    for (const df of [1, 2, 30, 1e4])
      expect(relative(noncentralTTails(1.5, df, 0).upper, studentTTails(1.5, df).upper)).toBeLessThan(1e-10);
  });

  it('searches find what they look for', () => {
    expect(firstHolding(0, 1000, (k) => k * k >= 500)).toBe(23);
    expect(findZero((x) => Math.cos(x) - x, 0, 1)).toBeCloseTo(0.7390851332151607, 14);
    const [x, y] = minimize((a, b) => (a - 1) ** 2 + 3 * (b + 2) ** 2, [0, 0]);
    expect(x).toBeCloseTo(1, 6);
    expect(y).toBeCloseTo(-2, 6);
  });
});
