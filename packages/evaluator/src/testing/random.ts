// A seeded generator of numbers, so that a failing sample can be made again. For tests only.

/** Numbers from a seed (mulberry32). */
export interface RandomNumbers {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** An integer below the limit. */
  below(limit: number): number;
  /** True with the probability. */
  chance(probability: number): boolean;
  choice<T>(values: readonly T[]): T;
}

export function createRandom(seed: number): RandomNumbers {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    choice: (values) => values[below(values.length)]!,
  };
}
