import { describe, expect, it } from 'vitest';
import {
  addLook,
  alphaSpent,
  asymptoticBounds,
  asymptoticSequence,
  boundaryLimits,
  concentrationFor,
  countEvidence,
  designProperties,
  enoughEvidence,
  groupSequentialDesign,
  mixtureSprt,
  momentsOf,
  momentsOfCounts,
  noLooks,
  StatsError,
  type GroupSequentialPlan,
} from '../index.ts';

describe('always-valid evidence', () => {
  const look = (logE: number, lower = -1, upper = 1) => ({ logE, interval: { lower, upper } });

  it('never takes a rejection back', () => {
    const one = addLook(noLooks, look(4), 0.05);
    const two = addLook(one, look(-3), 0.05);
    expect(two).toMatchObject({ looks: 2, firstRejection: 0, negLogP: 4 });
  });

  it('intersects intervals, and says so when nothing is left', () => {
    const one = addLook(noLooks, look(0, -1, 1), 0.05);
    expect(addLook(one, look(0, 0.5, 2), 0.05).interval).toEqual({ lower: 0.5, upper: 1 });
    expect(addLook(one, look(0, 1.5, 2), 0.05).interval).toBeNull();
    expect(addLook(addLook(one, look(0, 1.5, 2), 0.05), look(0, -1, 1), 0.05).interval).toBeNull();
  });

  it('counts looks without enough events, and nothing else', () => {
    const one = addLook(noLooks, null, 0.05);
    expect(one).toEqual({ ...noLooks, looks: 1 });
    expect(addLook(one, look(5), 0.05)).toMatchObject({
      firstRejection: 1,
      interval: { lower: -1, upper: 1 },
    });
  });

  it('is nothing without variance', () => {
    expect(mixtureSprt({ difference: 1, standardError: 0 }, { mixingVariance: 1, alpha: 0.05 })).toBeNull();
    const options = { alpha: 0.05, unitsTuned: 100 };
    expect(asymptoticSequence({ units: 10, estimate: 1, standardError: 0 }, options)).toBeNull();
    expect(asymptoticBounds({ units: 10, estimate: 1, standardError: 0 }, options)).toBeNull();
  });
});

describe('count evidence', () => {
  it('is the ratio of two likelihoods: a uniform prior over the share of two arms', () => {
    // B(1 + 7, 1 + 3) / B(1, 1) over (1/2)^10, with concentration 2 on two equal arms.
    const uniform = (5040 * 6) / 39916800 / 0.5 ** 10;
    expect(countEvidence([7, 3], [1, 1], 2).logE).toBeCloseTo(Math.log(uniform), 12);
  });

  it('says nothing without events, and with one open arm', () => {
    expect(countEvidence([0, 0], [1, 1])).toMatchObject({ logE: 0, p: 1 });
    expect(countEvidence([5, 0], [1, 0])).toMatchObject({ logE: 0, p: 1, isTrafficInClosedArm: false });
    expect(countEvidence([5, 1], [1, 0]).isTrafficInClosedArm).toBe(true);
  });

  it('is a martingale: its mean over the next event is what it is now', () => {
    const weights = [0.3, 0.7];
    for (const [a, b] of [
      [0, 0],
      [3, 1],
      [10, 40],
    ] as const) {
      const e = (x: number, y: number) => Math.exp(countEvidence([x, y], weights, 5).logE);
      expect(0.3 * e(a + 1, b) + 0.7 * e(a, b + 1)).toBeCloseTo(e(a, b), 10);
    }
  });

  it('is tuned to an effect by its concentration', () => {
    expect(concentrationFor([0.99, 0.01], 0.5)).toBeCloseTo(403.04, 2);
    const [fitting, wide] = [concentrationFor([0.99, 0.01], 0.5), 1].map(
      (c) => countEvidence([9900, 50], [0.99, 0.01], c).logE,
    );
    expect(fitting!).toBeGreaterThan(wide! + 2);
  });
});

describe('the gate', () => {
  const arm = (events: number, units: number) => ({ events, moments: momentsOfCounts(events, units) });

  it('wants 30 events in each arm', () => {
    expect(enoughEvidence(arm(500, 10_000), arm(29, 500))).toMatchObject({
      isEnough: false,
      reason: 'events',
      events: 29,
    });
    expect(enoughEvidence(arm(500, 10_000), arm(500, 10_000)).isEnough).toBe(true);
  });

  it('sees the skewness of a small arm, also before its own large values came', () => {
    const whales = momentsOf([...Array.from({ length: 5000 }, (_, i) => (i % 100 === 0 ? 1000 : 1))]);
    const calm = momentsOf(Array.from({ length: 50 }, (_, i) => 1 + (i % 2)));
    const gate = enoughEvidence({ events: 5000, moments: whales }, { events: 50, moments: calm });
    expect(gate).toMatchObject({ isEnough: false, reason: 'skewness' });
  });

  it('is stricter for boundaries that use up all of alpha', () => {
    const arms = [arm(60, 1000), arm(60, 1000)] as const;
    expect(enoughEvidence(...arms).isEnough).toBe(true);
    expect(enoughEvidence(...arms, boundaryLimits).isEnough).toBe(false);
  });
});

describe('group-sequential designs', () => {
  const plan: GroupSequentialPlan = {
    family: { kind: 'lan-demets-obrien-fleming' },
    information: [0.25, 0.5, 0.75, 1],
    alpha: 0.05,
    sides: 2,
  };

  it('spend all of alpha and no more', () => {
    expect(groupSequentialDesign(plan).cumulativeAlpha.at(-1)).toBeCloseTo(0.05, 10);
    expect(alphaSpent({ kind: 'lan-demets-pocock' }, 0, 0.05)).toBe(0);
    expect(alphaSpent({ kind: 'lan-demets-pocock' }, 2, 0.05)).toBeCloseTo(0.05, 15);
  });

  it('of one look are the fixed test', () => {
    const fixed = { ...plan, information: [1] };
    const design = groupSequentialDesign(fixed);
    expect(design.zBounds[0]).toBeCloseTo(1.959963984540054, 10);
    expect(designProperties(fixed, design, 0.9).inflationFactor).toBeCloseTo(1, 9);
  });

  it('bear looks that nearly coincide, and a first look at nothing', () => {
    const design = groupSequentialDesign({ ...plan, information: [0.001, 0.5, 0.5001, 1] });
    expect(design.zBounds.every(Number.isFinite)).toBe(true);
    expect(design.cumulativeAlpha.at(-1)).toBeCloseTo(0.05, 8);
  });

  it.each([
    [{ ...plan, information: [] }],
    [{ ...plan, information: [0.5, 0.5] }],
    [{ ...plan, information: [0.5, NaN] }],
    [{ ...plan, alpha: 0 }],
    [{ ...plan, alpha: 0.6, sides: 1 as const }],
    [{ ...plan, family: { kind: 'power', rho: -1 } as const }],
  ])('refuse plan %#', (wrong) => {
    expect(() => groupSequentialDesign(wrong)).toThrow(StatsError);
  });
});
