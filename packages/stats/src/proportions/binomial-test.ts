// The exact test of one share against a known chance; the sign test is its case of one half.
import { demandInside, demandProportion } from '../errors.ts';
import { logBinomialDensity } from '../numerics/binomial-density.ts';
import { binomialTails } from '../numerics/distributions.ts';
import { firstHolding } from '../numerics/search.ts';
import { logSumExp, plainZero } from '../numerics/series.ts';
import type { Proportion } from './proportion.ts';

const slack = Math.log1p(1e-7);

/**
 * The exact binomial test, two-sided by summing all outcomes at most as likely as the observed one (R's binom.test).
 * @throws StatsError when the proportion or the chance is out of its domain.
 */
export function binomialTest(
  { successes, trials }: Proportion,
  chance: number,
): { readonly p: number; readonly logP: number } {
  demandProportion(successes, trials, 'proportion');
  demandInside(chance, 'chance');
  const logP = plainZero(logTwoSided(successes, trials, chance));
  return { p: Math.exp(logP), logP };
}

function logTwoSided(successes: number, trials: number, chance: number): number {
  const limit = logBinomialDensity(successes, trials, chance) + slack;
  const mode = Math.min(trials, Math.floor((trials + 1) * chance));
  const isLess = (k: number): boolean => logBinomialDensity(k, trials, chance) <= limit;
  if (isLess(mode)) return 0;
  const below = successes < mode ? successes : firstHolding(0, mode, (k) => !isLess(k)) - 1;
  const above = successes > mode ? successes : firstHolding(mode, trials + 1, isLess);
  return Math.min(
    0,
    logSumExp([
      below < 0 ? -Infinity : binomialTails(below, trials, chance).logLower,
      above > trials ? -Infinity : binomialTails(above - 1, trials, chance).logUpper,
    ]),
  );
}
