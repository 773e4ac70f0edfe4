import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gapsMax, sequenceWindow, takeSequence, watermarkOf, type SeenSequences } from './seen-sequences.ts';

const run = (
  sequences: readonly number[],
): { readonly verdicts: readonly string[]; readonly seen: SeenSequences | undefined } => {
  let seen: SeenSequences | undefined;
  const verdicts = sequences.map((sequence) => {
    const taken = takeSequence(seen, sequence);
    seen = taken.seen;
    return taken.verdict;
  });
  return { verdicts, seen };
};

it('takes every sequence inside the window exactly once, in any order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 200 }), (sequences) => {
      const { verdicts } = run(sequences);
      const first = new Set<number>();
      sequences.forEach((sequence, index) => {
        expect(verdicts[index]).toBe(first.has(sequence) ? 'duplicate' : 'new');
        first.add(sequence);
      });
    }),
    { seed: 20_261_120 },
  );
});

it('never takes a sequence twice, however far they are apart', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(200), fc.nat(20_000)), { maxLength: 300 }), (sequences) => {
      const { verdicts, seen } = run(sequences);
      const taken = sequences.filter((_, index) => verdicts[index] === 'new');
      expect(new Set(taken).size).toBe(taken.length);
      expect(seen?.gaps.length ?? 0).toBeLessThanOrEqual(gapsMax);
      const highest = Math.max(...sequences, -1);
      for (const [from, to] of seen?.gaps ?? []) {
        expect(from).toBeLessThanOrEqual(to);
        expect(from).toBeGreaterThan(highest - sequenceWindow);
      }
    }),
    { seed: 20_261_120 },
  );
});

it('knows up to where everything was seen or given up', () => {
  expect(watermarkOf(run([0, 1, 2]).seen as SeenSequences)).toBe(2);
  expect(watermarkOf(run([0, 2, 5]).seen as SeenSequences)).toBe(0);
  expect(watermarkOf(run([9]).seen as SeenSequences)).toBe(-1);
});
