// Both tails of a distribution at one point, each with its own digits. No tail is ever made as 1 - other while it is small.
import { log1mExp } from './series.ts';

/** P(X <= x) and P(X > x), and their natural logarithms, which live on where the probabilities underflow to 0. */
export interface Tails {
  readonly lower: number;
  readonly upper: number;
  readonly logLower: number;
  readonly logUpper: number;
}

/** Which tail a probability is of. */
export type TailSide = 'lower' | 'upper';

/** Tails from the logarithm of the lower one. */
export function tailsOfLogLower(logLower: number): Tails {
  const log = Math.min(0, logLower);
  const lower = Math.exp(log);
  const logUpper = log === -Infinity ? 0 : log1mExp(log);
  return {
    lower,
    upper: -Math.expm1(log),
    logLower: log === 0 ? 0 : log,
    logUpper: logUpper === 0 ? 0 : logUpper,
  };
}

/** Tails from the logarithm of the upper one. */
export function tailsOfLogUpper(logUpper: number): Tails {
  return swapTails(tailsOfLogLower(logUpper));
}

/** The tails of -X at -x. */
export function swapTails({ lower, upper, logLower, logUpper }: Tails): Tails {
  return { lower: upper, upper: lower, logLower: logUpper, logUpper: logLower };
}

/** All mass above the point. */
export const nothingBelow: Tails = { lower: 0, upper: 1, logLower: -Infinity, logUpper: 0 };
/** All mass at or below the point. */
export const nothingAbove: Tails = swapTails(nothingBelow);
