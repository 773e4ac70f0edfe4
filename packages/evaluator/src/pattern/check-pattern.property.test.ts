// The bound on steps against an engine that counts them: it tries one way after the other, as those of the platforms do.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contains } from './char-set.ts';
import { checkPattern } from './check-pattern.ts';
import { parsePattern, type Alternative, type PatternNode } from './parse-pattern.ts';

/** Tries every way to match from every place of the text, as if all of them failed in the end; counts tried characters. */
function triedSteps(alternatives: readonly Alternative[], text: readonly number[], stepsMax: number): number {
  let steps = 0;
  const run = (node: PatternNode, at: number, next: (at: number) => void): void => {
    if (steps > stepsMax) return;
    if (node.type === 'char') {
      if (at >= text.length) return;
      steps++;
      if (contains(node.set, text[at]!)) next(at + 1);
    } else if (node.type === 'sequence') {
      const from = (part: number, place: number): void =>
        part === node.parts.length
          ? next(place)
          : run(node.parts[part]!, place, (end) => from(part + 1, end));
      from(0, at);
    } else if (node.type === 'choice') {
      for (const part of node.parts) run(part, at, next);
    } else {
      const repeat = (count: number, place: number): void => {
        if (count < node.max) run(node.of, place, (end) => repeat(count + 1, end));
        if (count >= node.min) next(place);
      };
      repeat(0, at);
    }
  };
  for (let start = 0; start <= text.length; start++) {
    for (const { node, isAnchored } of alternatives)
      if (start === 0 || !isAnchored) run(node, start, () => undefined);
  }
  return steps;
}

const atom = fc.constantFrom('a', 'b', '[ab]', '.', '\\d', '[^a]', 'ab', '1');
const quantifier = fc.constantFrom('', '', '', '+', '*', '?', '{2}', '{1,3}', '{2,}', '+?');
const { part } = fc.letrec<{ part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(atom, quantifier).map(([of, times]) => (of.length > 1 && /^\w/.test(of) ? of : of + times)),
    fc
      .tuple(fc.array(tie('part'), { minLength: 1, maxLength: 3 }), fc.constantFrom('', '|'), quantifier)
      .map(([parts, separator, times]) => `(?:${parts.join(separator)})${times}`),
  ),
}));
const pattern = fc
  .tuple(fc.constantFrom('^', ''), fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom('$', ''))
  .map(([begin, parts, end]) => begin + parts.join('') + end);
const text = fc.array(fc.constantFrom('a', 'b', '1', 'ab'), { maxLength: 30 }).map((parts) => parts.join(''));

const runs = { numRuns: process.env['FLAGS_TEST_LONG'] === '1' ? 100_000 : 3_000, seed: 20_261_120 };

it('bounds the steps of every text for every pattern that it takes, and those compile', () => {
  let taken = 0;
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 5 }), (written, texts) => {
      const checked = checkPattern(written);
      if (checked.problem !== undefined) return;
      taken++;
      expect(() => new RegExp(written, 'su')).not.toThrow();
      const parsed = parsePattern(written);
      if (parsed.problem !== undefined) throw new Error('It was read a moment ago.');
      for (const subject of texts) {
        const points = Array.from(subject, (char) => char.codePointAt(0)!);
        const most = checked.stepsPerChar * points.length;
        expect(triedSteps(parsed.alternatives, points, most)).toBeLessThanOrEqual(most);
      }
    }),
    runs,
  );
  expect(taken).toBeGreaterThan(runs.numRuns / 10);
});

it('refuses no pattern whose steps stay few', () => {
  // Where it refuses, some text of a few dozen characters takes more than the bound: it is not overly careful here.
  const careful = ['^(a+)+$', '^a*a*b', 'a+b', '^(?:a|ab)*(?:a|b)*$'];
  for (const written of careful) {
    const parsed = parsePattern(written);
    if (parsed.problem !== undefined) throw new Error(parsed.problem);
    const points = Array.from({ length: 600 }, () => 0x61);
    expect(triedSteps(parsed.alternatives, points, 256 * 600), written).toBeGreaterThan(100 * 600);
  }
});
