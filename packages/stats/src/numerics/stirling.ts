// The error of Stirling's formula, and what follows from it: log Gamma and log Beta without cancellation (Loader 2000,
// "Fast and accurate computation of binomial probabilities").
const halfLogTwoPi = 0.9189385332046727418;
// B(2k) / (2k (2k - 1)), the asymptotic series of log Gamma.
const coefficients = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
  43867 / 244188,
];
const seriesFrom = 12;

/** log Gamma(x + 1) - (x + 1/2) log x + x - log(2 pi)/2 for x > 0: the error of Stirling's formula. */
export function stirlingError(x: number): number {
  let shifted = x;
  let sum = 0;
  // The error at x follows from that at x + 1; the series needs a large argument.
  while (shifted < seriesFrom) {
    sum += stirlingStep(shifted);
    shifted += 1;
  }
  const inverse = 1 / shifted;
  const square = inverse * inverse;
  let series = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) series = series * square + coefficients[k]!;
  return sum + series * inverse;
}

/** (x + 1/2) log(1 + 1/x) - 1 = atanh(r)/r - 1 with r = 1 / (2x + 1). */
function stirlingStep(x: number): number {
  if (x < 1) return (x + 0.5) * Math.log1p(1 / x) - 1;
  const r = 1 / (2 * x + 1);
  const square = r * r;
  let power = square;
  let sum = 0;
  for (let odd = 3; odd < 80; odd += 2) {
    const term = power / odd;
    sum += term;
    if (term < sum * 1e-17) break;
    power *= square;
  }
  return sum;
}

/** log Gamma(x) for x > 0. */
export function logGamma(x: number): number {
  if (x === 1 || x === 2) return 0;
  return (x - 0.5) * Math.log(x) - x + halfLogTwoPi + stirlingError(x);
}

/** log Beta(a, b) for a, b > 0. */
export function logBeta(a: number, b: number): number {
  const small = Math.min(a, b);
  const large = Math.max(a, b);
  const total = a + b;
  return (
    small * Math.log(small / total) +
    large * Math.log1p(-small / total) +
    0.5 * Math.log((2 * Math.PI * total) / (small * large)) +
    stirlingError(a) +
    stirlingError(b) -
    stirlingError(total)
  );
}

/** log(Gamma(x + 1/2) / (Gamma(x) sqrt(x))), near 0 for large x. */
export function logGammaHalfStep(x: number): number {
  // With h = 1/2: x log(1 + h/x) - h, plus the difference of Stirling's errors.
  const ratio = 0.5 / x;
  return x * Math.log1p(ratio) - 0.5 + stirlingError(x + 0.5) - stirlingError(x);
}
