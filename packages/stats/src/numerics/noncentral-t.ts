// The noncentral t distribution, for the power of t-tests.
import { normalTails } from './normal.ts';
import { expm1Minus } from './series.ts';
import { stirlingError } from './stirling.ts';

const steps = 2_000;

/**
 * P(T > t) and P(T <= t) for T = (Z + shift) / sqrt(V / df), V chi-square: the normal tail averaged over the distribution of the
 * standard deviation, by the trapezoidal rule on the log scale, which converges exponentially there. Relative error below 1e-12.
 */
export function noncentralTTails(
  t: number,
  df: number,
  shift: number,
): { readonly lower: number; readonly upper: number } {
  // u = log of the standard deviation; its log density is df (u - (e^2u - 1)/2) plus a constant.
  const exponent = (u: number): number => -0.5 * df * expm1Minus(2 * u);
  const low = edge(exponent, -1);
  const high = edge(exponent, 1);
  const step = (high - low) / steps;
  const scale = Math.exp(0.5 * Math.log(df / Math.PI) - stirlingError(df / 2)) * step;
  let lower = 0;
  let upper = 0;
  for (let i = 0; i <= steps; i++) {
    const u = low + i * step;
    const weight = scale * Math.exp(exponent(u));
    const tails = normalTails(t * Math.exp(u) - shift);
    lower += weight * tails.lower;
    upper += weight * tails.upper;
  }
  return { lower: Math.min(1, lower), upper: Math.min(1, upper) };
}

/** Where the density no longer counts. */
function edge(exponent: (u: number) => number, direction: 1 | -1): number {
  let u = direction * 1e-9;
  while (exponent(u) > -45) u *= 1.2;
  return u;
}
