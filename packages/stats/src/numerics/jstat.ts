// The border to jstat: everything it computes for us passes through here. It gives starting points and descriptive numbers only;
// no tail probability and nothing of large parameters may come from it (its tails cancel to 0, its beta function goes negative).
// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- projects that import our sources have to find the types, too
/// <reference path="./jstat.d.ts" />
import jStat from 'jstat';

// Within these its inverses are right to seven digits, which is more than a starting point needs.
const parameterMin = 0.5;
const parameterMax = 1e4;
const tailMin = 1e-6;

/** A rough Beta(a, b) quantile, or undefined where jstat is not to be trusted. */
export function roughBetaQuantile(p: number, a: number, b: number): number | undefined {
  if (!isTrusted(p, a) || !isTrusted(p, b)) return undefined;
  const x = jStat.beta.inv(p, a, b);
  return x > 0 && x < 1 ? x : undefined;
}

/** A rough chi-square quantile, or undefined where jstat is not to be trusted. */
export function roughChiSquareQuantile(p: number, df: number): number | undefined {
  if (!isTrusted(p, df)) return undefined;
  const x = jStat.chisquare.inv(p, df);
  return x > 0 && x < Infinity ? x : undefined;
}

/** Ranks from 1, equal values sharing the mean of theirs. */
export function ranks(values: readonly number[]): readonly number[] {
  return jStat.rank(values);
}

function isTrusted(p: number, parameter: number): boolean {
  return p >= tailMin && p <= 1 - tailMin && parameter >= parameterMin && parameter <= parameterMax;
}
