// Confidence levels and intervals.
import { demandInside } from './errors.ts';
import { normalQuantile } from './numerics/normal.ts';
import { plainZero } from './numerics/series.ts';

/** A closed interval. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** The usual confidence levels. Every function takes any level strictly between 0 and 1. */
export const confidenceLevels = [0.9, 0.95, 0.99] as const;

/** The z that a normal variable exceeds in size with probability 1 - level; taken from the upper tail, where it has its digits. */
export function criticalZ(level: number): number {
  demandInside(level, 'level');
  return normalQuantile((1 - level) / 2, 'upper');
}

/** estimate ± halfWidth. */
export function intervalAround(estimate: number, halfWidth: number): Interval {
  return { lower: plainZero(estimate - halfWidth), upper: plainZero(estimate + halfWidth) };
}
