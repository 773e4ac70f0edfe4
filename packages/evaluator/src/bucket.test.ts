import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bucketOf, cutOf, isAtLeast } from './bucket.ts';

const hashes = fc.integer({ min: 0, max: 0xffffffff });
const totals = fc.oneof(fc.integer({ min: 2, max: 2_147_483_647 }), fc.integer({ min: 2, max: 200_000 }));

it('is the exact quotient of a product of 63 bits', () => {
  fc.assert(
    fc.property(hashes, totals, (hash, total) => {
      expect(bucketOf(hash, total)).toBe(Number((BigInt(hash) * BigInt(total)) >> 32n));
    }),
    { numRuns: 10_000, seed: 20_261_120 },
  );
  expect(bucketOf(0xffffffff, 2_147_483_647)).toBe(2_147_483_646);
  expect(bucketOf(0xffffffff, 1)).toBe(0);
});

it('is at or above a bucket exactly for hashes at or above its cut', () => {
  fc.assert(
    fc.property(
      totals,
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      hashes,
      (total, share, hash) => {
        const bucket = 1 + Math.floor(share * (total - 1));
        const cut = cutOf(bucket, total);
        expect(isAtLeast(hash | 0, cut)).toBe(Number(bucketOf(hash, total) >= bucket));
        const lowest = cut >>> 0;
        expect(bucketOf(lowest, total)).toBeGreaterThanOrEqual(bucket);
        expect(bucketOf(lowest - 1, total)).toBeLessThan(bucket);
      },
    ),
    { numRuns: 10_000, seed: 20_261_120 },
  );
});

it('compares as unsigned numbers', () => {
  const edges = [0, 1, 2, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff];
  for (const a of edges)
    for (const b of edges) expect(isAtLeast(a | 0, b | 0), `${a} ${b}`).toBe(Number(a >= b));
  fc.assert(
    fc.property(hashes, hashes, (a, b) => {
      expect(isAtLeast(a | 0, b | 0)).toBe(Number(a >= b));
    }),
    { numRuns: 10_000, seed: 20_261_120 },
  );
});
