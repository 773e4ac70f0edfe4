// Student t, chi-square, F and binomial tails, all by the incomplete beta and gamma functions.
import { betaTails } from './incomplete-beta.ts';
import { gammaTails } from './incomplete-gamma.ts';
import { logBeta } from './stirling.ts';
import { nothingAbove, nothingBelow, swapTails, tailsOfLogUpper, type Tails } from './tails.ts';
import { normalTails } from './normal.ts';

// Beyond it the t distribution equals the normal one in every digit of a double.
const normalDegreesFrom = 1e20;

/** Student's t with df > 0 degrees of freedom: both tails at t. */
export function studentTTails(t: number, df: number): Tails {
  const upper = studentTUpper(Math.abs(t), df);
  return t >= 0 ? upper : swapTails(upper);
}

/** P(|T| > |t|) and its logarithm: the two-sided p-value. */
export function studentTTwoSided(t: number, df: number): { readonly p: number; readonly logP: number } {
  const size = Math.abs(t);
  if (df >= normalDegreesFrom) return twoSidedOf(normalTails(size));
  const outside = outsideTails(size, df);
  return { p: outside.lower, logP: outside.logLower };
}

/** Twice the upper tail. */
export function twoSidedOf({ upper, logUpper }: Tails): { readonly p: number; readonly logP: number } {
  return { p: Math.min(1, 2 * upper), logP: Math.min(0, logUpper + Math.LN2) };
}

function studentTUpper(t: number, df: number): Tails {
  if (df >= normalDegreesFrom) return normalTails(t);
  const outside = outsideTails(t, df);
  return {
    lower: 0.5 + 0.5 * outside.upper,
    upper: 0.5 * outside.lower,
    logLower: Math.log1p(-0.5 * outside.lower),
    logUpper: outside.logLower - Math.LN2,
  };
}

/** Lower: P(|T| > t). */
function outsideTails(t: number, df: number): Tails {
  const square = (t / df) * t;
  if (square > 1e300) {
    const log = (df / 2) * (Math.log(df) - 2 * Math.log(t)) - Math.log(df / 2) - logBeta(df / 2, 0.5);
    return swapTails(tailsOfLogUpper(t === Infinity ? -Infinity : log));
  }
  return betaTails(1 / (1 + square), df / 2, 0.5, square / (1 + square));
}

/** Chi-square with df > 0 degrees of freedom. */
export function chiSquareTails(x: number, df: number): Tails {
  return gammaTails(x / 2, df / 2);
}

/** Fisher's F with numerator and denominator degrees of freedom. */
export function fTails(x: number, numerator: number, denominator: number): Tails {
  if (x <= 0) return nothingBelow;
  if (x === Infinity) return nothingAbove;
  const ratio = (numerator / denominator) * x;
  if (ratio === Infinity) return nothingAbove;
  return betaTails(ratio / (1 + ratio), numerator / 2, denominator / 2, 1 / (1 + ratio));
}

/** Binomial(trials, p): lower is P(X <= successes), upper P(X > successes). */
export function binomialTails(successes: number, trials: number, p: number): Tails {
  const k = Math.floor(successes);
  if (k < 0) return nothingBelow;
  if (k >= trials || p <= 0) return nothingAbove;
  if (p >= 1) return nothingBelow;
  return betaTails(1 - p, trials - k, k + 1, p);
}
