import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as stats from './index.ts';
import { impossibleProbabilities, surprises } from './testing/plain-numbers.ts';

const seed = 20261120;
const runs = process.env['FLAGS_TEST_LONG'] === '1' ? 10_000 : 150;
const check = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void, numRuns = runs) =>
  fc.assert(fc.property(arbitrary, property), { seed, numRuns });

/** Numbers of every size, ends and tiny ones included. */
const anyNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -10, max: 10 }),
  fc.constantFrom(0, 1e-308, 5e-324, 1e308, -1e308, 1e-9, 1e9),
);
const anyCount = fc.oneof(
  fc.nat(20),
  fc.nat(1_000_000),
  fc.integer({ min: 0, max: 4_000_000_000 }),
  fc.constantFrom(0, 1, 2 ** 53 - 1),
);
const inside = fc.oneof(
  fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }),
  fc.constantFrom(0.9, 0.95, 0.99, 1e-300, 1 - 2 ** -53),
);
const level = fc.constantFrom(0.5, 0.9, 0.95, 0.99, 0.9999, 1 - 1e-12);
const proportion = fc
  .tuple(anyCount, anyCount)
  .map(([a, b]) => ({ successes: Math.min(a, b), trials: Math.max(1, a, b) }));
/** Values that a sample may hold; larger ones are refused. */
const anyValue = anyNumber.filter((x) => Math.abs(x) <= stats.valueMax);
const sample = fc.array(anyValue, { minLength: 1, maxLength: 12 });
const allowed = ['.df', '.logLower', '.logUpper', '.logP', '.logPGreater', '.logPLess', '.logPTwoSided'];

/** Either a documented refusal, or plain numbers only. */
function expectPlain(compute: () => unknown, mayBeInfinite: readonly string[] = []): void {
  let result: unknown;
  try {
    result = compute();
  } catch (error) {
    expect(error).toBeInstanceOf(stats.StatsError);
    return;
  }
  expect(surprises(result, [...allowed, ...mayBeInfinite])).toEqual([]);
  expect(impossibleProbabilities(result)).toEqual([]);
}

describe('values that no statistic can be made of', () => {
  it.each([NaN, Infinity, -Infinity, 1e308, -1e76])('are refused: %d', (value) => {
    expect(() => stats.momentsOf([1, value])).toThrow(stats.StatsError);
    expect(() => stats.addUnit(stats.emptyStatistics, { outcome: value })).toThrow(stats.StatsError);
    expect(() => stats.robustOutliers([1, value])).toThrow(stats.StatsError);
    expect(() => stats.mannWhitney([1], [value])).toThrow(stats.StatsError);
  });
});

describe('nothing but plain numbers and nulls leaves', () => {
  it('the tests and intervals of proportions', () => {
    check(fc.tuple(proportion, proportion, level), ([c, t, l]) => {
      expectPlain(() => [stats.pooledZTest(c, t), stats.unpooledZTest(c, t)]);
      expectPlain(() => [
        stats.wilsonInterval(c, l),
        stats.clopperPearsonInterval(c, l),
        stats.jeffreysInterval(c, l),
      ]);
      expectPlain(() => [stats.agrestiCoullInterval(c, l), stats.waldInterval(c, l)]);
      expectPlain(() => [stats.newcombeInterval(c, t, l), stats.agrestiCaffoInterval(c, t, l)]);
      expectPlain(() => [stats.katzRiskRatio(c, t, l), stats.relativeRateEffect(c, t, l)]);
      expectPlain(() => stats.cochranMantelHaenszel([{ control: c, treatment: t }], l));
      expectPlain(() => stats.rateNonInferiority(c, t, { margin: 0.01, better: 'higher', alpha: 1 - l }));
      expectPlain(() =>
        stats.independenceTest([
          [c.successes, t.successes],
          [c.trials, t.trials],
        ]),
      );
    });
  });

  it("Fisher's and the binomial test", () => {
    const small = fc
      .tuple(fc.nat(3000), fc.nat(3000))
      .map(([a, b]) => ({ successes: Math.min(a, b), trials: Math.max(1, a, b) }));
    check(fc.tuple(small, small, inside), ([c, t, p]) => {
      expectPlain(() => [stats.fisherExact(c, t), stats.binomialTest(c, p)]);
    });
  });

  it('the tests of means, ratios and CUPED', () => {
    check(fc.tuple(sample, sample, level), ([x, y, l]) => {
      const [c, t] = [stats.momentsOf(x), stats.momentsOf(y)];
      expectPlain(() => [stats.meanOf(c), stats.varianceOf(c), stats.skewnessOf(c)]);
      expectPlain(() => [stats.welchTTest(c, t, l), stats.studentTTest(c, t, l), stats.zTest(c, t, l)]);
      expectPlain(() => [stats.relativeMeanEffect(c, t, l), stats.effectSize(c, t)]);
      expectPlain(() => stats.mannWhitney(x, y));
      const n = Math.min(x.length, y.length);
      const pairs = stats.bivariateOf(x.slice(0, n), y.slice(0, n));
      const other = stats.bivariateOf(y.slice(0, n), x.slice(0, n));
      expectPlain(() => [stats.covarianceOf(pairs), stats.correlationOf(pairs)]);
      expectPlain(() => stats.ratioTest(stats.ratioOfMeans(pairs), stats.ratioOfMeans(other), l));
      expectPlain(() => stats.ratioOfUnits(x.slice(0, n), y.slice(0, n)));
      expectPlain(() => [stats.cuped(pairs, other, 'pooled', l), stats.cuped(pairs, other, 'within', l)]);
      expectPlain(() => stats.ancova(pairs, other));
      expectPlain(() =>
        stats.linAdjustment(
          { outcome: x.slice(0, n), covariate: y.slice(0, n) },
          { outcome: y.slice(0, n), covariate: x.slice(0, n) },
        ),
      );
    });
  });

  it('quantiles, winsorization and outliers', () => {
    check(fc.tuple(sample, inside, level), ([x, q, l]) => {
      const ascending = stats.sorted(x);
      expectPlain(() =>
        [1, 2, 7].map((type) => stats.sampleQuantile(ascending, q, type as stats.QuantileType)),
      );
      expectPlain(() => [stats.quantileRanks(x.length, q, l), stats.quantileEstimate(ascending, q, l)]);
      expectPlain(() => stats.winsorize(x, stats.winsorLimits(x, 0.05, 0.95)));
      expectPlain(() => stats.robustOutliers(x));
      expectPlain(() => stats.ewmaChart(x, { mean: x[0]!, sd: 1 }));
      expectPlain(() => stats.cusumChart(x, { mean: x[0]!, sd: 1 }));
    });
  });

  it('sample ratios and count evidence', () => {
    const arms = fc.array(fc.tuple(anyCount, fc.oneof(fc.nat(100), anyNumber.map(Math.abs))), {
      minLength: 1,
      maxLength: 5,
    });
    check(fc.tuple(arms, fc.constantFrom(1e-3, 1, 100, 1e6)), ([list, concentration]) => {
      const counts = list.map(([count]) => count);
      const weights = list.map(([, weight]) => weight);
      expectPlain(() => stats.countEvidence(counts, weights, concentration));
      expectPlain(() => stats.concentrationFor(weights, 0.5));
      if (counts.reduce((a, b) => a + b, 0) < 1e6) expectPlain(() => stats.sampleRatioTest(counts, weights));
    });
  });

  it('sequential evidence', () => {
    check(fc.tuple(anyNumber, anyNumber, anyNumber, inside), ([a, b, c, alpha]) => {
      expectPlain(() => stats.mixtureSprt({ difference: a, standardError: b }, { mixingVariance: c, alpha }));
      const look = { units: c, estimate: a, standardError: b };
      expectPlain(() => stats.asymptoticSequence(look, { alpha, unitsTuned: 5000 }));
      expectPlain(() => stats.asymptoticBounds(look, { alpha, unitsTuned: 5000 }));
    });
  });

  it('Bayesian answers', () => {
    check(fc.tuple(anyNumber, anyNumber, anyNumber, anyNumber, level), ([a, b, m, s, l]) => {
      expectPlain(() => [
        stats.normalPosterior(a, b, null, l),
        stats.normalPosterior(a, b, { mean: m, sd: s }, l),
      ]);
    });
    check(
      fc.tuple(proportion, proportion),
      ([c, t]) => {
        expectPlain(() => stats.betaBinomialPosteriors([c, t], { alpha: 1, beta: 1 }), ['.logExpectedLoss']);
      },
      Math.min(runs, 40),
    );
  });

  it('corrections of p-values', () => {
    const p = fc.array(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1, 5e-324)), {
      maxLength: 12,
    });
    check(p, (pValues) => {
      for (const correction of [
        'bonferroni',
        'holm',
        'hochberg',
        'hommel',
        'sidak',
        'holm-sidak',
        'benjamini-hochberg',
        'benjamini-yekutieli',
      ] as const) {
        const adjusted = stats.adjustPValues(pValues, correction);
        expectPlain(() => adjusted);
        adjusted.forEach((value, i) => expect(value).toBeGreaterThanOrEqual(pValues[i]! * (1 - 1e-15)));
      }
      for (const method of ['lord++', 'saffron', 'addis', 'lond', 'alpha-spending'] as const)
        expectPlain(() => stats.onlineControl(pValues, method, 0.05));
    });
  });

  it('power and sample sizes', () => {
    check(fc.tuple(inside, inside, inside, anyNumber, anyCount), ([a, b, alpha, x, n]) => {
      const rates = { alpha, power: 0.8, sides: 2 } as const;
      expectPlain(() => stats.proportionSampleSize(a, b, rates), ['.perArm', '.perArmCeiling']);
      expectPlain(() => stats.proportionPower(n, a, b, alpha, 2));
      expectPlain(() => stats.minimumDetectableEffect(n, a, rates));
      expectPlain(() => stats.achievedPower(x, a, alpha, 1));
      expectPlain(() => stats.detectableEffect(a, rates));
    });
    check(
      fc.tuple(inside, fc.integer({ min: 2, max: 100_000 }), fc.double({ min: 0, max: 10, noNaN: true })),
      ([alpha, n, delta]) => {
        expectPlain(() => stats.tPower({ n, delta, sd: 1, alpha, sides: 2, strict: true }));
      },
      Math.min(runs, 100),
    );
  });

  it('segments, funnels and lifetime values', () => {
    const effects = fc.array(fc.tuple(anyNumber, anyNumber.map(Math.abs)), { maxLength: 6 });
    check(fc.tuple(effects, fc.array(anyCount, { minLength: 1, maxLength: 6 })), ([list, counts]) => {
      expectPlain(() =>
        stats.segmentBreakdown(
          list.map(([estimate, standardError], i) => ({ segment: `${i}`, estimate, standardError })),
        ),
      );
      const falling = [...counts].sort((a, b) => b - a);
      expectPlain(() => [stats.funnelSteps(falling), stats.compareFunnels(falling, falling)]);
      expectPlain(() => stats.fitRetention(falling));
    });
    check(fc.tuple(anyNumber, anyNumber, anyNumber), ([marginPerPeriod, retention, discount]) => {
      expectPlain(() => stats.constantLifetimeValue({ marginPerPeriod, retention, discount }));
    });
  });

  it('distributions, whatever the parameters', () => {
    const positive = fc.oneof(
      fc.double({ min: 1e-6, max: 1e12, noNaN: true }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
    );
    const isTails = ({ lower, upper, logLower, logUpper }: stats.Tails): boolean =>
      lower >= 0 && lower <= 1 && upper >= 0 && upper <= 1 && logLower <= 0 && logUpper <= 0;
    check(fc.tuple(anyNumber, positive, positive, inside), ([x, a, b, p]) => {
      expect(isTails(stats.normalTails(x))).toBe(true);
      expect(isTails(stats.studentTTails(x, a))).toBe(true);
      expect(isTails(stats.chiSquareTails(x, a))).toBe(true);
      expect(isTails(stats.fTails(x, a, b))).toBe(true);
      expect(isTails(stats.betaTails(p, a, b))).toBe(true);
      expect(isTails(stats.gammaTails(x, a))).toBe(true);
      const quantile = stats.betaQuantile(p, a, b);
      expect(quantile >= 0 && quantile <= 1).toBe(true);
      expect(stats.studentTQuantile(p, a)).not.toBeNaN();
      expect(stats.chiSquareQuantile(p, a)).toBeGreaterThanOrEqual(0);
    });
  });
});
