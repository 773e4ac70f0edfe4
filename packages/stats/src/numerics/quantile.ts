// Quantiles by safeguarded Newton steps on the logarithm of a tail: as exact as the tails themselves.
import { binomialTails } from './distributions.ts';
import { betaTails, logBetaLogitDensity } from './incomplete-beta.ts';
import { gammaTails, logGammaLogDensity } from './incomplete-gamma.ts';
import { roughBetaQuantile, roughChiSquareQuantile } from './jstat.ts';
import { normalQuantile } from './normal.ts';
import { logBeta, logGamma } from './stirling.ts';
import type { Tails, TailSide } from './tails.ts';

const stepsMax = 300;
const extremeLog = -600;
const normalDegreesFrom = 1e20;

/** The x with P(X <= x) = p (or P(X > x) = p for the upper side) of Beta(a, b). 0 and 1 at the ends. */
export function betaQuantile(p: number, a: number, b: number, side: TailSide = 'lower'): number {
  const logit = betaLogitQuantile(p, a, b, side);
  return logit >= 0 ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit) / (1 + Math.exp(logit));
}

/** The quantile of Beta(a, b) on the logit scale, where neither end loses digits. -Infinity and Infinity at the ends. */
export function betaLogitQuantile(p: number, a: number, b: number, side: TailSide = 'lower'): number {
  if (!(p > 0)) return side === 'lower' ? -Infinity : Infinity;
  if (p >= 1) return side === 'lower' ? Infinity : -Infinity;
  const extreme = extremeLogit(p, a, b, side);
  if (extreme !== undefined) return extreme;
  const lower = side === 'lower' ? p : 1 - p;
  const rough = roughBetaQuantile(lower, a, b);
  const start =
    rough === undefined
      ? Math.log(a / b) + normalQuantile(p, side) * Math.sqrt(1 / a + 1 / b)
      : Math.log(rough / (1 - rough));
  return solve(p, side, start, (u) => {
    const x = 1 / (1 + Math.exp(-u));
    const y = 1 / (1 + Math.exp(u));
    return { tails: betaTails(x, a, b, y), logDensity: logBetaLogitDensity(x, a, b, y) };
  });
}

/** Where a double of x or of 1 - x would be 0: there the tail is its leading term x^a / (a B(a, b)). */
function extremeLogit(p: number, a: number, b: number, side: TailSide): number | undefined {
  const logPower = (power: number, chance: number): number =>
    (Math.log(chance) + Math.log(power) + logBeta(a, b)) / power;
  const low = logPower(a, side === 'lower' ? p : 1 - p);
  if (low < extremeLog) return low;
  const high = logPower(b, side === 'lower' ? 1 - p : p);
  return high < extremeLog ? -high : undefined;
}

/** The quantile of Student's t, capped at the largest double. -Infinity and Infinity at the ends. */
export function studentTQuantile(p: number, df: number, side: TailSide = 'lower'): number {
  if (!(p > 0) || p >= 1 || df >= normalDegreesFrom) return normalQuantile(p, side);
  if (p === 0.5) return 0;
  const tail = p < 0.5 ? p : 1 - p;
  const isRight = p < 0.5 === (side === 'upper');
  // T^2 = df (1 - X) / X for X of Beta(df/2, 1/2).
  const logit = betaLogitQuantile(2 * tail, df / 2, 0.5);
  const size = Math.min(Number.MAX_VALUE, Math.exp(0.5 * (Math.log(df) - logit)));
  return isRight ? size : -size;
}

/** The quantile of chi-square with df degrees of freedom. 0 and Infinity at the ends. */
export function chiSquareQuantile(p: number, df: number, side: TailSide = 'lower'): number {
  if (!(p > 0)) return side === 'lower' ? 0 : Infinity;
  if (p >= 1) return side === 'lower' ? Infinity : 0;
  const shape = df / 2;
  const logPower = (Math.log(side === 'lower' ? p : 1 - p) + Math.log(shape) + logGamma(shape)) / shape;
  if (logPower < extremeLog) return 2 * Math.exp(logPower);
  const rough = roughChiSquareQuantile(side === 'lower' ? p : 1 - p, df);
  const start =
    rough === undefined ? Math.log(shape) + normalQuantile(p, side) / Math.sqrt(shape) : Math.log(rough / 2);
  const log = solve(p, side, start, (u) => {
    const x = Math.exp(u);
    return { tails: gammaTails(x, shape), logDensity: logGammaLogDensity(x, shape) };
  });
  return 2 * Math.exp(log);
}

/**
 * The smallest k with P(X <= k) >= p of Binomial(trials, chance). A p within 64 rounding errors of a step counts as reached, as in R's
 * qbinom.
 */
export function binomialQuantile(
  p: number,
  trials: number,
  chance: number,
  side: TailSide = 'lower',
): number {
  const slack = 64 * Number.EPSILON;
  const isReached = (k: number): boolean => {
    const tails = binomialTails(k, trials, chance);
    return side === 'lower' ? tails.lower >= p * (1 - slack) : tails.upper <= p * (1 + slack);
  };
  let low = -1;
  let high = trials;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isReached(middle)) high = middle;
    else low = middle;
  }
  return high;
}

interface Evaluation {
  readonly tails: Tails;
  readonly logDensity: number;
}

/** Solves log tail(u) = log p. Log-concave tails make Newton's steps approach from one side; a bracket guards the rest. */
function solve(p: number, side: TailSide, start: number, evaluate: (u: number) => Evaluation): number {
  // The smaller tail carries the digits.
  const isLower = p <= 0.5 === (side === 'lower');
  const target = Math.log(p <= 0.5 ? p : 1 - p);
  let low = -Infinity;
  let high = Infinity;
  let u = Number.isFinite(start) ? start : 0;
  for (let step = 0; step < stepsMax; step++) {
    const { tails, logDensity } = evaluate(u);
    const logTail = isLower ? tails.logLower : tails.logUpper;
    const rising = isLower ? logTail - target : target - logTail;
    if (rising === 0) return u;
    if (rising > 0) high = u;
    else low = u;
    const next = guarded(u - rising * Math.exp(logTail - logDensity), low, high, u);
    if (Math.abs(next - u) <= 4e-16 * Math.max(1e-3, Math.abs(u))) return next;
    u = next;
  }
  return u;
}

function guarded(wanted: number, low: number, high: number, from: number): number {
  if (wanted > low && wanted < high) return wanted;
  if (low === -Infinity) return Math.min(from, high) - Math.max(1, Math.abs(from));
  if (high === Infinity) return Math.max(from, low) + Math.max(1, Math.abs(from));
  return (low + high) / 2;
}
