import { describe, expect, it } from 'vitest';
import {
  compareFunnels,
  constantLifetimeValue,
  fitRetention,
  funnelSteps,
  lifetimeValueOfCurve,
  projectedLifetimeValue,
  sampleRatioBySegment,
  segmentBreakdown,
  StatsError,
  survivalShare,
} from '../index.ts';

describe('lifetime value', () => {
  it('with constant retention is the sum of its series', () => {
    const value = constantLifetimeValue({ marginPerPeriod: 10, retention: 0.8, discount: 0.1 })!;
    const curve = Array.from({ length: 400 }, (_, t) => 0.8 ** t);
    expect(value).toBeCloseTo(lifetimeValueOfCurve(curve, 10, 0.1), 9);
    expect(constantLifetimeValue({ marginPerPeriod: 10, retention: 1, discount: 0 })).toBeNull();
  });

  // Fader and Hardie 2007, table 1: survivors of 1,000 over seven years and the parameters they report.
  it.each([
    ['high end', [1000, 869, 743, 653, 593, 551, 517, 491], 0.668, 3.806],
    ['regular', [1000, 631, 468, 382, 326, 289, 262, 241], 0.704, 1.182],
  ])("fits Fader and Hardie's %s cohort", (_, survivors, alpha, beta) => {
    const model = fitRetention(survivors)!;
    expect(model.alpha).toBeCloseTo(alpha, 3);
    expect(model.beta).toBeCloseTo(beta, 3);
    expect(survivalShare(model, 7)).toBeCloseTo(survivors[7]! / 1000, 1);
    expect(projectedLifetimeValue(model, 1, 0.1, 20)).toBeGreaterThan(lifetimeValueOfCurve([1, 0.6], 1, 0.1));
  });

  it('knows no spread where nobody leaves, or everybody at once', () => {
    expect(fitRetention([100, 100, 100])).toBeNull();
    expect(fitRetention([100, 0, 0])).toBeNull();
    expect(() => fitRetention([100, 101, 90])).toThrow(StatsError);
  });
});

describe('funnels', () => {
  it('show the share of each step', () => {
    const [first, second, third] = funnelSteps([1000, 400, 100]);
    expect(first).toMatchObject({ fromPrevious: null, fromFirst: 1 });
    expect(second).toMatchObject({ fromPrevious: 0.4, fromFirst: 0.4 });
    expect(third).toMatchObject({ fromPrevious: 0.25, fromFirst: 0.1 });
  });

  it('say which step changed', () => {
    const steps = compareFunnels([10_000, 5000, 1000], [10_000, 5000, 1400]);
    expect(steps[0]!.adjustedP).toBe(1);
    expect(steps[1]!.adjustedP).toBeLessThan(1e-10);
    expect(steps[1]!.difference).toBeCloseTo(0.08, 12);
  });

  it('end where nobody got', () => {
    expect(funnelSteps([10, 0, 0])[2]).toMatchObject({ fromPrevious: null, fromFirst: 0 });
    expect(compareFunnels([10, 0, 0], [10, 1, 0])).toHaveLength(1);
    expect(() => funnelSteps([1, 2])).toThrow(StatsError);
  });
});

describe('segments', () => {
  const effect = (segment: string, estimate: number) => ({ segment, estimate, standardError: 1 });

  it('are no finding by chance: one of twenty at 5 % is corrected away', () => {
    const effects = Array.from({ length: 20 }, (_, i) => effect(`s${i}`, i === 0 ? 2.1 : 0));
    const { segments, heterogeneity } = segmentBreakdown(effects);
    expect(segments[0]!.p).toBeLessThan(0.05);
    expect(segments.some(({ isSignificant }) => isSignificant)).toBe(false);
    expect(heterogeneity!.p).toBeGreaterThan(0.5);
  });

  it('differ when they do', () => {
    const { heterogeneity, combined } = segmentBreakdown([effect('a', 5), effect('b', -5)]);
    expect(heterogeneity!.p).toBeLessThan(1e-8);
    expect(combined!.estimate).toBeCloseTo(0, 12);
  });

  it('show where a sample ratio mismatch comes from', () => {
    const found = sampleRatioBySegment(
      [
        { segment: 'new app', counts: [5000, 5010] },
        { segment: 'old app', counts: [5000, 4300] },
        { segment: 'empty', counts: [0, 0] },
      ],
      [1, 1],
    );
    expect(found.map(({ segment }) => segment)).toEqual(['old app', 'new app']);
    expect(found[0]!.adjustedP).toBeLessThan(1e-6);
  });
});
