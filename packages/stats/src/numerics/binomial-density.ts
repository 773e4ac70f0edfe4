// Binomial and hypergeometric probabilities by Loader's saddle-point form (2000): exact to 1e-14 for billions of trials.
import { deviance } from './deviance.ts';
import { productMinus } from './series.ts';
import { stirlingError } from './stirling.ts';

/** log P(X = k) for X of Binomial(trials, p), 0 < p < 1; q = 1 - p may be passed when it is known better. */
export function logBinomialDensity(k: number, trials: number, p: number, q = 1 - p): number {
  if (k < 0 || k > trials) return -Infinity;
  const rest = trials - k;
  if (k === 0) return trials * (p < q ? Math.log1p(-p) : Math.log(q));
  if (rest === 0) return trials * (q < p ? Math.log1p(-q) : Math.log(p));
  const excess = p <= q ? productMinus(trials, p, k) : -productMinus(trials, q, rest);
  return (
    stirlingError(trials) -
    stirlingError(k) -
    stirlingError(rest) -
    deviance(k, trials * p, excess) -
    deviance(rest, trials * q, -excess) +
    0.5 * Math.log(trials / k / rest / (2 * Math.PI))
  );
}

/** An urn: `marked` and `unmarked` balls, of which `drawn` are drawn without replacement. */
export interface Urn {
  readonly marked: number;
  readonly unmarked: number;
  readonly drawn: number;
}

/** log P(k marked balls are drawn). */
export function logHypergeometricDensity(k: number, { marked, unmarked, drawn }: Urn): number {
  const total = marked + unmarked;
  if (drawn === 0) return k === 0 ? 0 : -Infinity;
  if (drawn === total) return k === marked ? 0 : -Infinity;
  const p = drawn / total;
  const q = (total - drawn) / total;
  return (
    logBinomialDensity(k, marked, p, q) +
    logBinomialDensity(drawn - k, unmarked, p, q) -
    logBinomialDensity(drawn, total, p, q)
  );
}
