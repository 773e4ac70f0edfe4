// The regularised incomplete gamma function, both tails: series and continued fraction (Lentz) for small shapes, quadrature of
// the tail for large ones, and Loader's saddle-point prefactor for all.
import { deviance } from './deviance.ts';
import { expm1Minus } from './series.ts';
import { stirlingError } from './stirling.ts';
import { integrateTail } from './tail-quadrature.ts';
import { nothingAbove, nothingBelow, tailsOfLogLower, tailsOfLogUpper, type Tails } from './tails.ts';

const quadratureFrom = 15;
const iterationsMax = 100_000;

/** Both tails of Gamma(shape) with rate 1 at x, for shape > 0. Relative error below 1e-13 for shapes up to 1e5. */
export function gammaTails(x: number, shape: number): Tails {
  if (x <= 0) return nothingBelow;
  if (x === Infinity) return nothingAbove;
  const logDensity = logGammaLogDensity(x, shape);
  if (x <= shape) return tailsOfLogLower(logDensity + Math.log(lowerRest(x, shape)));
  return tailsOfLogUpper(logDensity + Math.log(upperRest(x, shape)));
}

/** log of x^shape e^-x / Gamma(shape): the density on the log scale. */
export function logGammaLogDensity(x: number, shape: number): number {
  return 0.5 * Math.log(shape / (2 * Math.PI)) - deviance(shape, x, x - shape) - stirlingError(shape);
}

function lowerRest(x: number, shape: number): number {
  if (shape >= quadratureFrom) {
    const excess = x - shape;
    return integrateTail((h) => excess * h - x * expm1Minus(-h), -excess, x);
  }
  let term = 1 / shape;
  let sum = term;
  for (let n = 1; n < iterationsMax && term > sum * 1e-17; n++) {
    term *= x / (shape + n);
    sum += term;
  }
  return sum;
}

function upperRest(x: number, shape: number): number {
  if (shape >= quadratureFrom) {
    const excess = x - shape;
    return integrateTail((h) => -excess * h - x * expm1Minus(h), excess, x);
  }
  // Gamma(a, x) e^x x^-a as a continued fraction (DLMF 8.9.2), by the modified Lentz method.
  let b = x + 1 - shape;
  let c = 1e300;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < iterationsMax; n++) {
    const numerator = -n * (n - shape);
    b += 2;
    d = 1 / (numerator * d + b || 1e-300);
    c = b + numerator / c || 1e-300;
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < 2e-16) break;
  }
  return value;
}
