import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as stats from './index.ts';

/** A seeded stream of uniform numbers (mulberry32). */
function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const runs = 20_000;
const slack = 4 * Math.sqrt((0.05 * 0.95) / runs);

describe('intervals of 95 % cover', () => {
  const random = uniforms(1);
  const binomial = (n: number, p: number): number => {
    let k = 0;
    for (let i = 0; i < n; i++) if (random() < p) k += 1;
    return k;
  };

  // Exact: the sum over all outcomes, no simulation.
  it.each([5, 20, 100])('Clopper-Pearson with %d trials, at every rate', (trials) => {
    const intervals = Array.from({ length: trials + 1 }, (_, successes) =>
      stats.clopperPearsonInterval({ successes, trials }, 0.95),
    );
    for (let p = 0.005; p < 1; p += 0.005) {
      const covered = intervals.reduce((sum, { lower, upper }, k) => {
        const chance =
          stats.binomialTails(k, trials, p).lower -
          (k === 0 ? 0 : stats.binomialTails(k - 1, trials, p).lower);
        return lower <= p && p <= upper ? sum + chance : sum;
      }, 0);
      expect(covered).toBeGreaterThanOrEqual(0.95 - 1e-9);
    }
  });

  it.each([
    [50, 0.2, 60, 0.25],
    [200, 0.05, 100, 0.04],
  ])('Newcombe and Agresti-Caffo with %d at %d against %d at %d', (n1, p1, n2, p2) => {
    let [newcombe, caffo] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const c = { successes: binomial(n1, p1), trials: n1 };
      const t = { successes: binomial(n2, p2), trials: n2 };
      const covers = ({ lower, upper }: stats.Interval) => (lower <= p2 - p1 && p2 - p1 <= upper ? 1 : 0);
      newcombe += covers(stats.newcombeInterval(c, t, 0.95));
      caffo += covers(stats.agrestiCaffoInterval(c, t, 0.95));
    }
    // Approximate intervals: within a point of the level.
    expect(newcombe / runs).toBeGreaterThan(0.94 - slack);
    expect(caffo / runs).toBeGreaterThan(0.94 - slack);
  });

  it('Welch, CUPED and Fieller on normal values', () => {
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    let [welch, cuped, fieller] = [0, 0, 0];
    const rounds = 4000;
    const covers = (interval: stats.Interval | null | undefined, truth: number) =>
      interval && interval.lower <= truth && truth <= interval.upper ? 1 : 0;
    for (let run = 0; run < rounds; run++) {
      const arm = (shift: number, spread: number, n: number) => {
        const before = Array.from({ length: n }, normal);
        return stats.bivariateOf(
          before.map((x) => 10 + shift + x + spread * normal()),
          before,
        );
      };
      const [c, t] = [arm(0, 1, 40), arm(0.5, 2, 60)];
      welch += covers(stats.welchTTest(c.x, t.x)?.interval, 0.5);
      cuped += covers(stats.cuped(c, t, 'within')?.test?.interval, 0.5);
      const of = (m: stats.Moments) => ({
        value: stats.meanOf(m)!,
        variance: stats.varianceOf(m)! / m.count,
      });
      fieller += covers(stats.relativeEffectByFieller(of(c.x), of(t.x), { level: 0.95 }), 0.05);
    }
    const wide = 4 * Math.sqrt((0.05 * 0.95) / rounds);
    for (const covered of [welch, cuped])
      expect(Math.abs(covered / rounds - 0.95)).toBeLessThan(wide + 0.005);
    expect(Math.abs(fieller / rounds - 0.95)).toBeLessThan(wide + 0.01);
  });
});

describe('exact tests', () => {
  it('Fisher never rejects more often than its level, whatever the rate', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 14 }),
        fc.integer({ min: 2, max: 14 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (n1, n2, p) => {
          const chance = (k: number, n: number) =>
            stats.binomialTails(k, n, p).lower - (k === 0 ? 0 : stats.binomialTails(k - 1, n, p).lower);
          let rejected = 0;
          for (let a = 0; a <= n1; a++)
            for (let b = 0; b <= n2; b++)
              if (
                stats.fisherExact({ successes: a, trials: n1 }, { successes: b, trials: n2 }).pTwoSided <=
                0.05
              )
                rejected += chance(a, n1) * chance(b, n2);
          expect(rejected).toBeLessThanOrEqual(0.05 + 1e-9);
        },
      ),
      { seed: 7, numRuns: 200 },
    );
  });
});
