// Keys lie in the same partition whichever way they are read.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitionOf, partitionOfBytes } from './partition.ts';

describe('partitionOfBytes', () => {
  it('agrees with partitionOf for keys of any length and alphabet, anywhere in the bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.nat({ max: 9 }), (key, before) => {
        const bytes = Buffer.concat([Buffer.alloc(before, 255), Buffer.from(key), Buffer.from([1, 2, 3])]);
        expect(partitionOfBytes(bytes, before, bytes.length - 3)).toBe(partitionOf(key));
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });
});
