import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createEvaluator } from './index.ts';
import { flag, off, overlay } from './testing/documents.ts';

const units = Array.from({ length: 4_000 }, (_, index) => `unit-${index}`);

function holders(ranges: readonly { readonly from: number; readonly to: number }[]): ReadonlySet<string> {
  const evaluator = createEvaluator();
  evaluator.load([flag('f', { default: off }), overlay('o', 'f', { ranges })], 1);
  const handle = evaluator.boolean('f', false);
  return new Set(units.filter((targetingKey) => handle.get({ targetingKey })));
}

it('keeps whoever is in when a ramp grows its range', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 100_000 }), (a, b) => {
      const before = holders([{ from: 0, to: Math.min(a, b) }]);
      const after = holders([{ from: 0, to: Math.max(a, b) }]);
      expect([...before].filter((unit) => !after.has(unit))).toEqual([]);
      const share = (after.size - before.size) / units.length;
      expect(Math.abs(share - Math.abs(a - b) / 100_000)).toBeLessThan(4.5 * Math.sqrt(0.25 / units.length));
    }),
    { numRuns: 60, seed: 20_261_120 },
  );
});

it('divides units between disjoint ranges, leaving none out and none in both', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 99_999 }), { minLength: 1, maxLength: 5 }),
      (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), 100_000];
        const parts = edges.slice(1).map((to, index) => holders([{ from: edges[index]!, to }]));
        expect(parts.reduce((sum, part) => sum + part.size, 0)).toBe(units.length);
        expect(new Set(parts.flatMap((part) => [...part])).size).toBe(units.length);
      },
    ),
    { numRuns: 40, seed: 20_261_120 },
  );
});
