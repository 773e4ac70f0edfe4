// Sets of code points as sorted, disjoint ranges. For reading patterns only.

/** Pairs of first and last code point. */
export type CharSet = readonly (readonly [from: number, to: number])[];

const pointMax = 0x10_ffff;

export const anyChar: CharSet = [[0, pointMax]];
export const digits: CharSet = [[0x30, 0x39]];
export const wordChars: CharSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];

/** The set of one code point. */
export const oneChar = (point: number): CharSet => [[point, point]];

/** What is in any of the sets. */
export function union(sets: readonly CharSet[]): CharSet {
  const merged: [number, number][] = [];
  for (const [from, to] of sets.flat().sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** What is not in the set. */
export function complement(set: CharSet): CharSet {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) rest.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= pointMax) rest.push([next, pointMax]);
  return rest;
}

/** Whether the code point is in the set. */
export function contains(set: CharSet, point: number): boolean {
  return set.some(([from, to]) => from <= point && point <= to);
}

/** One code point of every class that the sets do not tell apart. */
export function representatives(sets: readonly CharSet[]): readonly number[] {
  const starts = new Set([0, ...sets.flat().flatMap(([from, to]) => [from, to + 1])]);
  return [...starts].filter((point) => point <= pointMax);
}
