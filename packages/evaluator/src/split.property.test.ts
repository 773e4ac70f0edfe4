import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Weight } from '@org/contract/model';
import { createEvaluator } from './index.ts';

const names = ['a', 'b', 'c', 'd'];
const variants = Object.fromEntries(names.map((name) => [name, name]));
const units = Array.from({ length: 4_000 }, (_, index) => `unit-${index}`);

function assign(weights: readonly Weight[]): readonly string[] {
  const evaluator = createEvaluator();
  const document = { type: 'string', enabled: true, variants, default: { split: { weights } } };
  evaluator.load([{ kind: 'flag', key: 'shares', revision: 1, document }], 1);
  const flag = evaluator.string('shares', 'none');
  return units.map((targetingKey) => flag.get({ targetingKey }));
}

const weigh = (shares: readonly number[]) =>
  names.map((variant, index) => ({ variant, weight: shares[index]! }));
const shares = fc
  .tuple(...names.map(() => fc.integer({ min: 0, max: 40_000 })))
  .filter((list) => list.some((share) => share > 0));

it('gives every variant its share', () => {
  fc.assert(
    fc.property(shares, (list) => {
      const total = list.reduce((sum, share) => sum + share, 0);
      const assigned = assign(weigh(list));
      for (const [index, name] of names.entries()) {
        const found = assigned.filter((variant) => variant === name).length / units.length;
        // Four standard deviations and a half of the widest binomial.
        expect(Math.abs(found - list[index]! / total)).toBeLessThan(4.5 * Math.sqrt(0.25 / units.length));
        if (list[index] === 0) expect(found).toBe(0);
      }
    }),
    { numRuns: 60, seed: 20_261_120 },
  );
});

it('moves nobody but those who must when the first variant grows at the cost of the second', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 50_000 }),
      fc.integer({ min: 0, max: 50_000 }),
      (before, growth) => {
        const first = assign(weigh([before, 100_000 - before, 0, 0]));
        const second = assign(weigh([before + growth, 100_000 - before - growth, 0, 0]));
        const moved = first
          .map((variant, index) => [variant, second[index]])
          .filter(([from, to]) => from !== to);
        expect(moved.every(([from, to]) => from === 'b' && to === 'a')).toBe(true);
        const share = moved.length / units.length;
        expect(Math.abs(share - growth / 100_000)).toBeLessThan(4.5 * Math.sqrt(0.25 / units.length));
      },
    ),
    { numRuns: 60, seed: 20_261_120 },
  );
});

it('moves nobody when all weights grow alike', () => {
  fc.assert(
    fc.property(shares, fc.integer({ min: 2, max: 1_000 }), (list, factor) => {
      expect(assign(weigh(list.map((share) => share * factor)))).toEqual(assign(weigh(list)));
    }),
    { numRuns: 30, seed: 20_261_120 },
  );
});
