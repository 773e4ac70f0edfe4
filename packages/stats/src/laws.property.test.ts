import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as stats from './index.ts';

const seed = 4711;
const check = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void, numRuns = 300) =>
  fc.assert(fc.property(arbitrary, property), { seed, numRuns });

const proportion = fc
  .tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([trials, share]) => ({ successes: Math.floor(trials * share), trials }));
const value = fc.integer({ min: -1e9, max: 1e9 }).map((x) => x / 1000);
const sample = fc.array(value, { minLength: 2, maxLength: 30 });
const level = fc.constantFrom(...stats.confidenceLevels);

/** Within rounding, relative to a scale. */
function expectNear(
  a: number,
  b: number,
  scale = Math.max(Math.abs(a), Math.abs(b)),
  tolerance = 1e-9,
): void {
  expect(Math.abs(a - b)).toBeLessThanOrEqual(tolerance * scale + 1e-290);
}

describe('swapping the arms', () => {
  it('turns the sign of a difference and swaps its one-sided p-values', () => {
    check(fc.tuple(proportion, proportion), ([c, t]) => {
      const [one, other] = [stats.pooledZTest(c, t), stats.pooledZTest(t, c)];
      expect(one.difference + other.difference).toBe(0);
      expect(one.significance?.pTwoSided).toBe(other.significance?.pTwoSided);
      expect(one.significance?.pGreater).toBe(other.significance?.pLess);
    });
  });

  it('mirrors the intervals', () => {
    check(fc.tuple(proportion, proportion, level), ([c, t, l]) => {
      for (const interval of [
        stats.newcombeInterval,
        stats.agrestiCaffoInterval,
        stats.waldDifferenceInterval,
      ]) {
        const [one, other] = [interval(c, t, l), interval(t, c, l)];
        expectNear(one.lower, -other.upper, 1, 1e-14);
        expectNear(one.upper, -other.lower, 1, 1e-14);
      }
    });
  });

  it('leaves Welch, Fisher and Mann-Whitney two-sided as they were', () => {
    check(fc.tuple(sample, sample), ([x, y]) => {
      const [c, t] = [stats.momentsOf(x), stats.momentsOf(y)];
      expect(stats.welchTTest(c, t)?.pTwoSided).toBe(stats.welchTTest(t, c)?.pTwoSided);
      expectNear(stats.mannWhitney(x, y).uX, stats.mannWhitney(y, x).uY);
    });
    check(
      fc.tuple(proportion, proportion),
      ([c, t]) => {
        expectNear(stats.fisherExact(c, t).pTwoSided, stats.fisherExact(t, c).pTwoSided);
      },
      60,
    );
  });

  it('turns relative effects into each other by Katz', () => {
    check(fc.tuple(proportion, proportion, level), ([c, t, l]) => {
      const [one, other] = [stats.katzRiskRatio(c, t, l), stats.katzRiskRatio(t, c, l)];
      if (one !== null && other !== null) expectNear(one.lower, 1 / other.upper);
    });
  });
});

describe('tests and intervals say the same', () => {
  it('Wald: the interval holds 0 exactly when p exceeds alpha', () => {
    check(fc.tuple(proportion, proportion, level), ([c, t, l]) => {
      const { lower, upper } = stats.waldDifferenceInterval(c, t, l);
      const p = stats.unpooledZTest(c, t).significance?.pTwoSided;
      if (p !== undefined && Math.abs(p - (1 - l)) > 1e-9) expect(lower <= 0 && upper >= 0).toBe(p > 1 - l);
    });
  });

  it('Welch and Student', () => {
    check(fc.tuple(sample, sample, level), ([x, y, l]) => {
      for (const method of [stats.welchTTest, stats.studentTTest, stats.zTest]) {
        const test = method(stats.momentsOf(x), stats.momentsOf(y), l);
        if (test === null || Math.abs(test.pTwoSided - (1 - l)) < 1e-9) continue;
        if (method === stats.studentTTest) continue;
        expect(test.interval.lower <= 0 && test.interval.upper >= 0).toBe(test.pTwoSided > 1 - l);
      }
    });
  });

  it('Clopper-Pearson: its ends have exact tails of alpha/2', () => {
    check(fc.tuple(proportion, level), ([share, l]) => {
      const { lower, upper } = stats.clopperPearsonInterval(share, l);
      const { successes, trials } = share;
      if (successes > 0)
        expectNear(stats.binomialTails(successes - 1, trials, lower).upper, (1 - l) / 2, 1, 1e-7);
      if (successes < trials)
        expectNear(stats.binomialTails(successes, trials, upper).lower, (1 - l) / 2, 1, 1e-7);
    });
  });

  it('Wilson: its ends are where the score test turns', () => {
    check(fc.tuple(proportion, level), ([share, l]) => {
      const { lower, upper } = stats.wilsonInterval(share, l);
      const z = stats.criticalZ(l);
      for (const end of [lower, upper]) {
        if (end <= 1e-12 || end >= 1 - 1e-12) continue;
        const score = Math.abs(stats.rateOf(share) - end) / Math.sqrt((end * (1 - end)) / share.trials);
        expectNear(score, z, z, 1e-6);
      }
    });
  });

  it('mixture SPRT: the interval leaves 0 out exactly when e reaches 1/alpha', () => {
    check(fc.tuple(value, fc.double({ min: 0.01, max: 1e5, noNaN: true })), ([difference, standardError]) => {
      const look = stats.mixtureSprt({ difference, standardError }, { mixingVariance: 10, alpha: 0.05 })!;
      if (Math.abs(look.logE - Math.log(20)) > 1e-9)
        expect(look.interval.lower > 0 || look.interval.upper < 0).toBe(look.logE > Math.log(20));
    });
  });

  it('asymptotic sequence: likewise', () => {
    check(
      fc.tuple(value, fc.double({ min: 0.01, max: 1e5, noNaN: true }), fc.integer({ min: 2, max: 1e9 })),
      ([estimate, standardError, units]) => {
        const look = stats.asymptoticSequence(
          { estimate, standardError, units },
          { alpha: 0.05, unitsTuned: 5000 },
        )!;
        if (Math.abs(look.logE - Math.log(20)) > 1e-9)
          expect(look.interval.lower > 0 || look.interval.upper < 0).toBe(look.logE > Math.log(20));
      },
    );
  });
});

describe('more evidence', () => {
  it('never raises a p-value', () => {
    const z = fc.double({ min: 0, max: 500, noNaN: true });
    check(fc.tuple(z, z, fc.double({ min: 0.1, max: 1e9, noNaN: true })), ([a, b, df]) => {
      const [small, large] = [Math.min(a, b), Math.max(a, b)];
      expect(stats.normalTails(large).logUpper).toBeLessThanOrEqual(stats.normalTails(small).logUpper);
      const [p, q] = [stats.studentTTwoSided(small, df).logP, stats.studentTTwoSided(large, df).logP];
      expect(q).toBeLessThanOrEqual(p + 1e-11 * Math.max(1, Math.abs(p)));
    });
  });

  it('widens intervals with the level', () => {
    check(fc.tuple(proportion, proportion), ([c, t]) => {
      for (const interval of [stats.newcombeInterval, stats.agrestiCaffoInterval]) {
        const [narrow, wide] = [interval(c, t, 0.9), interval(c, t, 0.99)];
        expect(wide.lower).toBeLessThanOrEqual(narrow.lower);
        expect(wide.upper).toBeGreaterThanOrEqual(narrow.upper);
      }
    });
  });

  it('keeps intervals around their estimate and inside [0, 1]', () => {
    check(fc.tuple(proportion, level), ([share, l]) => {
      const p = stats.rateOf(share);
      for (const interval of [stats.wilsonInterval, stats.clopperPearsonInterval, stats.jeffreysInterval]) {
        const { lower, upper } = interval(share, l);
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(upper).toBeLessThanOrEqual(1);
        expect(lower).toBeLessThanOrEqual(p * (1 + 1e-14));
        expect(upper).toBeGreaterThanOrEqual(p * (1 - 1e-14));
      }
    });
  });

  it('lowers power never: it grows with units and with the effect', () => {
    check(
      fc.tuple(fc.integer({ min: 10, max: 100_000 }), fc.double({ min: 0.02, max: 0.4, noNaN: true })),
      ([n, effect]) => {
        const power = (units: number, change: number) =>
          stats.proportionPower(units, 0.5, 0.5 + change, 0.05, 2);
        expect(power(2 * n, effect)).toBeGreaterThanOrEqual(power(n, effect));
        expect(power(n, effect * 1.1)).toBeGreaterThanOrEqual(power(n, effect));
      },
    );
  });

  it('sample size, power and detectable effect undo each other', () => {
    check(
      fc.tuple(
        fc.double({ min: 0.01, max: 0.5, noNaN: true }),
        fc.double({ min: 0.01, max: 0.4, noNaN: true }),
      ),
      ([p1, effect]) => {
        const rates = { alpha: 0.05, power: 0.8, sides: 2 } as const;
        const { perArm } = stats.proportionSampleSize(p1, p1 + effect, rates);
        expectNear(stats.proportionPower(perArm, p1, p1 + effect, 0.05, 2), 0.8, 1, 1e-9);
        expectNear(stats.minimumDetectableEffect(perArm, p1, rates)!.absolute, effect, effect, 1e-9);
      },
    );
  });
});

describe('moments', () => {
  const shifted = fc
    .tuple(fc.array(value, { minLength: 0, maxLength: 20 }), fc.constantFrom(0, 1e3, 1e9, -1e12))
    .map(([values, shift]) => values.map((x) => x + shift));

  it('of parts merge to those of the whole, in any grouping', () => {
    check(fc.tuple(shifted, shifted, shifted), ([a, b, c]) => {
      const whole = stats.momentsOf([...a, ...b, ...c]);
      const [ma, mb, mc] = [stats.momentsOf(a), stats.momentsOf(b), stats.momentsOf(c)];
      const left = stats.mergeMoments(stats.mergeMoments(ma, mb), mc);
      const right = stats.mergeMoments(ma, stats.mergeMoments(mb, mc));
      for (const merged of [left, right, stats.mergeAllMoments([ma, mb, mc])]) {
        expect(merged.count).toBe(whole.count);
        expectNear(
          stats.meanOf(merged) ?? 0,
          stats.meanOf(whole) ?? 0,
          1e12 + Math.abs(stats.meanOf(whole) ?? 0),
          1e-15,
        );
        expectNear(merged.m2, whole.m2, Math.max(whole.m2, merged.m2), 1e-9);
      }
    });
  });

  it('of values one by one are those of the list', () => {
    check(shifted, (values) => {
      const one = values.reduce(stats.addValue, stats.emptyMoments);
      expectNear(one.m2, stats.momentsOf(values).m2, undefined, 1e-9);
    });
  });

  it('keep variance and skewness when everything is shifted', () => {
    const values = [1, 2, 4, 8, 16, 32];
    const near = stats.momentsOf(values);
    const far = stats.momentsOf(values.map((x) => x + 2 ** 40));
    expect(far.m2).toBe(near.m2);
    expect(stats.skewnessOf(far)).toBe(stats.skewnessOf(near));
    expect(stats.momentsOfCounts(3, 10).m3).toBeCloseTo(
      stats.momentsOf([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]).m3,
      12,
    );
  });

  it('of pairs merge to those of the whole', () => {
    const pairs = fc.array(fc.tuple(value, value), { maxLength: 20 });
    check(fc.tuple(pairs, pairs), ([a, b]) => {
      const of = (list: readonly (readonly [number, number])[]) =>
        stats.bivariateOf(
          list.map(([x]) => x),
          list.map(([, y]) => y),
        );
      const [merged, whole] = [stats.mergeBivariate(of(a), of(b)), of([...a, ...b])];
      expectNear(merged.cross, whole.cross, Math.sqrt(whole.x.m2 * whole.y.m2), 1e-9);
    });
  });

  it('of partitions give the same bits whoever merged them, in the same order', () => {
    check(fc.array(fc.tuple(value, value), { maxLength: 40 }), (units) => {
      const partitions = Array.from({ length: 8 }, (_, p) =>
        units
          .filter((_, i) => i % 8 === p)
          .reduce(
            (all, [outcome, covariate]) => stats.addUnit(all, { outcome, covariate, denominator: 1 }),
            stats.emptyStatistics,
          ),
      );
      const copies = JSON.parse(JSON.stringify(partitions)) as stats.UnitStatistics[];
      expect(stats.mergePartitions(copies)).toEqual(
        JSON.parse(JSON.stringify(stats.mergePartitions(partitions))),
      );
      expect(stats.mergePartitions(partitions).outcome.count).toBe(units.length);
    });
  });
});

describe('corrections', () => {
  it('do not depend on the order of the tests', () => {
    check(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 10 }), (p) => {
      for (const correction of ['holm', 'hommel', 'benjamini-hochberg'] as const) {
        const backwards = stats.adjustPValues([...p].reverse(), correction);
        stats
          .adjustPValues(p, correction)
          .forEach((value, i) => expectNear(value, backwards[p.length - 1 - i]!, 1, 1e-15));
      }
    });
  });

  it('are ordered: Hommel <= Hochberg <= Holm <= Bonferroni, and BH <= BY', () => {
    check(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 10 }), (p) => {
      const [hommel, hochberg, holm, bonferroni] = (
        ['hommel', 'hochberg', 'holm', 'bonferroni'] as const
      ).map((c) => stats.adjustPValues(p, c));
      p.forEach((_, i) => {
        expect(hommel![i]!).toBeLessThanOrEqual(hochberg![i]! + 1e-15);
        expect(hochberg![i]!).toBeLessThanOrEqual(holm![i]! + 1e-15);
        expect(holm![i]!).toBeLessThanOrEqual(bonferroni![i]! + 1e-15);
      });
    });
  });

  it('online: the next level is the one the series then uses', () => {
    check(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }), (p) => {
      for (const method of ['lord++', 'saffron', 'addis', 'lond', 'alpha-spending'] as const) {
        const next = stats.nextOnlineLevel(p.slice(0, -1), method, 0.05);
        expect(stats.onlineControl(p, method, 0.05).at(-1)!.level).toBe(next);
      }
    });
  });
});
