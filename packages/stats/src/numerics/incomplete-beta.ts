// The regularised incomplete beta function, both tails: a continued fraction (Lentz) for small parameters, quadrature of the
// tail for large ones, and Loader's saddle-point prefactor for both.
import { deviance } from './deviance.ts';
import { expm1Minus, log1pMinus, productMinus } from './series.ts';
import { stirlingError } from './stirling.ts';
import { integrateTail } from './tail-quadrature.ts';
import { nothingAbove, nothingBelow, swapTails, tailsOfLogLower, type Tails } from './tails.ts';

const quadratureFrom = 15;
const iterationsMax = 100_000;

/** A Beta(a, b) distribution at a point x, of which 1 - x is known, too. */
interface Point {
  readonly a: number;
  readonly b: number;
  readonly x: number;
  readonly y: number;
  /** (a + b) x - a: how far beyond the mode (on the logit scale) the point lies. */
  readonly excess: number;
}

/**
 * Both tails of Beta(a, b) at x, for a, b > 0 and y = 1 - x. Pass y when it is known better than 1 - x says. Relative error
 * below 1e-13 for parameters up to 1e5, 1e-11 up to 1e12. All mass is above x <= 0 and below x >= 1.
 */
export function betaTails(x: number, a: number, b: number, y = 1 - x): Tails {
  if (x <= 0) return nothingBelow;
  if (y <= 0) return nothingAbove;
  const point = { a, b, x, y, excess: excess(x, a, b, y) };
  if (point.excess <= 0) return tailsOfLogLower(logLowerTail(point));
  return swapTails(tailsOfLogLower(logLowerTail({ a: b, b: a, x: y, y: x, excess: -point.excess })));
}

/** log of x^a y^b / B(a, b): the density on the logit scale. */
export function logBetaLogitDensity(x: number, a: number, b: number, y = 1 - x): number {
  return logPrefactor({ a, b, x, y, excess: excess(x, a, b, y) });
}

function excess(x: number, a: number, b: number, y: number): number {
  const total = a + b;
  const large = Math.max(a, b);
  const lost = Math.min(a, b) - (total - large);
  return x <= 0.5 ? productMinus(total, x, a) + lost * x : -(productMinus(total, y, b) + lost * y);
}

function logPrefactor({ a, b, x, y, excess }: Point): number {
  const total = a + b;
  const fall = deviance(a, total * x, excess) + deviance(b, total * y, -excess);
  const height = 0.5 * Math.log(((a / total) * b) / (2 * Math.PI));
  return height - fall + stirlingError(total) - stirlingError(a) - stirlingError(b);
}

function logLowerTail(point: Point): number {
  const rest = point.a >= quadratureFrom ? quadratureRest(point) : fractionRest(point);
  return logPrefactor(point) + Math.log(rest);
}

/** The lower tail over the density at its end, on the logit scale: h goes down from logit(x). */
function quadratureRest({ a, b, x, y, excess }: Point): number {
  const total = a + b;
  const exponent =
    x <= 0.5
      ? (h: number) => excess * h - total * curvatureTerm(x, -h)
      : (h: number) => excess * h - total * curvatureTerm(y, h);
  return integrateTail(exponent, -excess, total * x * y);
}

/** log(1 + x (e^h - 1)) - x h: what is left of the log density without its slope. */
function curvatureTerm(x: number, h: number): number {
  if (Math.abs(h) > 0.5) return Math.log1p(x * Math.expm1(h)) - x * h;
  return log1pMinus(x * Math.expm1(h)) + x * expm1Minus(h);
}

/** DLMF 8.17.22 by the modified Lentz method. */
function fractionRest({ a, b, x }: Point): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / avoidZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= iterationsMax; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / avoidZero(1 + even * d);
    c = avoidZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / avoidZero(1 + odd * d);
    c = avoidZero(1 + odd / c);
    const factor = d * c;
    value *= factor;
    if (Math.abs(factor - 1) < 2e-16) break;
  }
  return value / a;

  function avoidZero(v: number): number {
    return Math.abs(v) < tiny ? tiny : v;
  }
}
