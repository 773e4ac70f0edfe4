// The index answers as a map of texts would.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteIndex } from './byte-index.ts';

describe('ByteIndex', () => {
  it('answers as a map of texts would, also when it is full', () => {
    const texts = fc.array(fc.uint8Array({ maxLength: 3 }), { minLength: 1_000, maxLength: 2_048 });
    const index = new ByteIndex();
    fc.assert(
      fc.property(texts, (all) => {
        index.clear();
        const known = new Map<string, number>();
        for (const [row, bytes] of all.entries()) {
          const text = bytes.toString();
          expect(index.take(row, Uint8Array.of(9, ...bytes, 9), 1, 1 + bytes.length)).toBe(
            known.get(text) ?? -1,
          );
          if (!known.has(text)) known.set(text, row);
        }
      }),
      { seed: 7, numRuns: 20 },
    );
  });
});
