// Small functions that would lose their digits if written down literally: e^x - 1 - x, log(1 + x) - x, log(1 - e^x).
// Must never subtract numbers that are nearly equal.

/** log(1 + x) - x, without the loss of digits near 0. Defined for x > -1. */
export function log1pMinus(x: number): number {
  if (x > 1 || x < -0.7) return Math.log1p(x) - x;
  // log(1 + x) = 2 atanh(r) with r = x / (2 + x); the first term minus x is -r x.
  const r = x / (2 + x);
  const square = r * r;
  let power = 2 * r * square;
  let sum = 0;
  for (let odd = 3; odd < 200; odd += 2) {
    const term = power / odd;
    sum += term;
    if (Math.abs(term) <= Math.abs(sum) * 1e-17) break;
    power *= square;
  }
  return sum - r * x;
}

/** e^x - 1 - x, without the loss of digits near 0. */
export function expm1Minus(x: number): number {
  if (Math.abs(x) > 0.5) return Math.expm1(x) - x;
  let term = (x * x) / 2;
  let sum = term;
  for (let n = 3; n < 40 && Math.abs(term) > Math.abs(sum) * 1e-18; n++) {
    term *= x / n;
    sum += term;
  }
  return sum;
}

/** log(1 - e^x) for x <= 0 (Maechler 2012, "Accurately computing log(1 - exp(-|a|))"). -Infinity at 0. */
export function log1mExp(x: number): number {
  return x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
}

/** log(sum of e^x), -Infinity for none. */
export function logSumExp(logs: readonly number[]): number {
  const largest = logs.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!Number.isFinite(largest)) return largest;
  return largest + Math.log(logs.reduce((sum, x) => sum + Math.exp(x - largest), 0));
}

/** The sum of numbers, compensated (Neumaier 1974): its error does not grow with their count. */
export function sum(values: Iterable<number>): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** a * b - c with the product's rounding error kept (Dekker 1971). Falls back to the plain form near overflow. */
export function productMinus(a: number, b: number, c: number): number {
  const product = a * b;
  const error = productError(a, b, product);
  const plain = product - c;
  return Number.isFinite(error) ? plain + error : plain;
}

/** a * b - c * d with both rounding errors kept. Falls back to the plain form near overflow. */
export function productDifference(a: number, b: number, c: number, d: number): number {
  const left = a * b;
  const right = c * d;
  const error = productError(a, b, left) - productError(c, d, right);
  const plain = left - right;
  return Number.isFinite(error) ? plain + error : plain;
}

function productError(a: number, b: number, product: number): number {
  const [aHigh, aLow] = split(a);
  const [bHigh, bLow] = split(b);
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

function split(x: number): [high: number, low: number] {
  const scaled = 134217729 * x;
  const high = scaled - (scaled - x);
  return [high, x - high];
}

/** Turns -0 into 0, so that results print and compare as people expect. */
export function plainZero(x: number): number {
  return x === 0 ? 0 : x;
}
