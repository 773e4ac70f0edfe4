// What a test of an estimate against 0 says: statistic, p-values of the three alternatives, and their logarithms.
import { studentTTails, studentTTwoSided, twoSidedOf } from './numerics/distributions.ts';
import { normalTails } from './numerics/normal.ts';
import { plainZero } from './numerics/series.ts';
import type { Tails } from './numerics/tails.ts';

/**
 * A test against 0. Logarithms keep their digits where p underflows to 0 ("p < 1e-300"). `greater` is the alternative that
 * the truth is above 0.
 */
export interface Significance {
  readonly standardError: number;
  readonly statistic: number;
  readonly pTwoSided: number;
  readonly pGreater: number;
  readonly pLess: number;
  readonly logPTwoSided: number;
  readonly logPGreater: number;
  readonly logPLess: number;
}

// Its square is within a double, so that log p is.
const statisticMax = 1e150;

/** The z-test of a normal estimate. Null when the standard error is not above 0 (0/0 says nothing) or the statistic overflows. */
export function zSignificance(estimate: number, standardError: number): Significance | null {
  if (!(standardError > 0)) return null;
  const z = plainZero(estimate / standardError);
  if (!(Math.abs(z) <= statisticMax)) return null;
  return fromTails(z, standardError, normalTails(z), twoSidedOf(normalTails(Math.abs(z))));
}

/** The t-test of an estimate with df degrees of freedom. Null when the standard error or df is not above 0, or t overflows. */
export function tSignificance(estimate: number, standardError: number, df: number): Significance | null {
  if (!(standardError > 0) || !(df > 0)) return null;
  const t = plainZero(estimate / standardError);
  if (!(Math.abs(t) <= statisticMax)) return null;
  return fromTails(t, standardError, studentTTails(t, df), studentTTwoSided(t, df));
}

function fromTails(
  statistic: number,
  standardError: number,
  tails: Tails,
  twoSided: { readonly p: number; readonly logP: number },
): Significance {
  return {
    standardError,
    statistic,
    pTwoSided: twoSided.p,
    pGreater: tails.upper,
    pLess: tails.lower,
    logPTwoSided: plainZero(twoSided.logP),
    logPGreater: plainZero(tails.logUpper),
    logPLess: plainZero(tails.logLower),
  };
}
