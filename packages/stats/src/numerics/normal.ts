// The standard normal distribution: both tails to full relative precision, their logarithms for any argument, quantiles
// from either tail. Sources: Cody 1969 ("Rational Chebyshev approximations for the error function"), Wichura 1988 (AS 241).
import { swapTails, type Tails, type TailSide } from './tails.ts';

const central = {
  p: [
    0.065682337918207449113, 2.2352520354606839287, 161.02823106855587881, 1067.6894854603709582,
    18154.981253343561249,
  ],
  q: [1, 47.20258190468824187, 976.09855173777669322, 10260.932208618978205, 45507.789335026729956],
};
const middle = {
  p: [
    1.0765576773720192317e-8, 0.39894151208813466764, 8.8831497943883759412, 93.506656132177855979,
    597.27027639480026226, 2494.5375852903726711, 6848.1904505362823326, 11602.651437647350124,
    9842.7148383839780218,
  ],
  q: [
    1, 22.266688044328115691, 235.38790178262499861, 1519.377599407554805, 6485.558298266760755,
    18615.571640885098091, 34900.952721145977266, 38912.003286093271411, 19685.429676859990727,
  ],
};
const far = {
  p: [
    0.02307344176494017303, 0.21589853405795699, 0.1274011611602473639, 0.022235277870649807,
    0.001421619193227893466, 2.9112874951168792e-5,
  ],
  q: [
    1, 1.28426009614491121, 0.468238212480865118, 0.0659881378689285515, 0.00378239633202758244,
    7.29751555083966205e-5,
  ],
};
const inverseSqrtTwoPi = 0.398942280401432677939946;
const logSqrtTwoPi = 0.9189385332046727418;
const centralMax = 0.67448975;
const middleMax = 5.656854249492381;

/** Both tails of the standard normal distribution at z (any number but NaN). Relative error below 1e-15; logs never lose it. */
export function normalTails(z: number): Tails {
  const size = Math.abs(z);
  if (size <= centralMax) {
    const square = size > 1e-17 ? z * z : 0;
    const half = (z * polynomial(central.p, square)) / polynomial(central.q, square);
    const lower = 0.5 + half;
    const upper = 0.5 - half;
    return { lower, upper, logLower: Math.log(lower), logUpper: Math.log(upper) };
  }
  const logTail = logFarTail(size);
  const tail = Math.exp(logTail) === 0 ? 0 : farTail(size);
  const tails = { lower: 1 - tail, upper: tail, logLower: Math.log1p(-tail), logUpper: logTail };
  const plain = { ...tails, logLower: tail === 0 ? 0 : tails.logLower };
  return z > 0 ? plain : swapTails(plain);
}

/** The standard normal density. */
export function normalDensity(z: number): number {
  return inverseSqrtTwoPi * Math.exp(-0.5 * z * z);
}

/** P(Z > z) / density(z), Mills' ratio, for z > 0: about 1/z for large z, never 0/0. */
export function millsRatio(z: number): number {
  return tailFactor(z);
}

/** The z with P(Z <= z) = p, or P(Z > z) = p for the upper side. -Infinity or Infinity for p = 0 and p = 1. */
export function normalQuantile(p: number, side: TailSide = 'lower'): number {
  const sign = side === 'lower' ? 1 : -1;
  if (!(p > 0)) return -Infinity * sign;
  if (p >= 1) return Infinity * sign;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (sign * q * polynomial(nearCentre.p, r)) / polynomial(nearCentre.q, r);
  }
  const tail = q < 0 ? p : 1 - p;
  return sign * Math.sign(q) * -quantileOfLog(Math.log(tail));
}

/** The z with log P(Z > z) = logP, for any logP < log(1/2); works where the probability itself underflows. */
export function normalUpperQuantileOfLog(logP: number): number {
  return -quantileOfLog(logP);
}

function quantileOfLog(logP: number): number {
  const r = Math.sqrt(-logP);
  if (r <= 27) {
    const [{ p, q }, shift] = r <= 5 ? [nearTail, 1.6] : [farthestTail, 5];
    return -polynomial(p, r - shift) / polynomial(q, r - shift);
  }
  // Beyond AS 241: Newton on log P(Z > z), whose slope is -1 / Mills.
  let z = Math.sqrt(2) * r;
  for (let step = 0; step < 20; step++) {
    const move = (logFarTail(z) - logP) * millsRatio(z);
    z += move;
    if (Math.abs(move) <= 1e-16 * z) break;
  }
  return -z;
}

/** exp(-z^2/2) times the factor, with z^2 split so that the exponential keeps its digits. */
function farTail(z: number): number {
  const rounded = Math.trunc(z * 16) / 16;
  const rest = (z - rounded) * (z + rounded);
  return Math.exp(-0.5 * rounded * rounded) * Math.exp(-0.5 * rest) * tailFactor(z) * inverseSqrtTwoPi;
}

function logFarTail(z: number): number {
  return -0.5 * z * z - logSqrtTwoPi + Math.log(tailFactor(z));
}

/** Mills' ratio for z above the central region. */
function tailFactor(z: number): number {
  if (z <= centralMax) {
    const half = (z * polynomial(central.p, z * z)) / polynomial(central.q, z * z);
    return (0.5 - half) / normalDensity(z);
  }
  if (z <= middleMax) return polynomial(middle.p, z) / polynomial(middle.q, z) / inverseSqrtTwoPi;
  if (z > 1e8) return 1 / z;
  const square = 1 / (z * z);
  const correction = (square * polynomial(far.p, square)) / polynomial(far.q, square);
  return (inverseSqrtTwoPi - correction) / z / inverseSqrtTwoPi;
}

/** Highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  let value = coefficients[0]!;
  for (let i = 1; i < coefficients.length; i++) value = value * x + coefficients[i]!;
  return value;
}

const nearCentre = {
  p: [
    2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
    13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
  ],
  q: [
    5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
    5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1,
  ],
};
const nearTail = {
  p: [
    7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
    3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
  ],
  q: [
    1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
    0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1,
  ],
};
const farthestTail = {
  p: [
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
    0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
  ],
  q: [
    2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
    0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1,
  ],
};
