// Fisher's exact test of a two-by-two table.
import { logHypergeometricDensity, type Urn } from '../numerics/binomial-density.ts';
import { plainZero } from '../numerics/series.ts';
import { logLowerTail, logTwoSidedTail, logUpperTail, type DiscreteDistribution } from './exact-tail.ts';
import { demandArms, type Proportion } from './proportion.ts';

/** Up to how many units in both arms together Fisher's test is the one to look at; above, the z-test says the same. */
export const fisherUnitsMax = 5_000;

/** p-values of an exact test, with their logarithms. `greater`: treatment converts more. */
export interface ExactTest {
  readonly pTwoSided: number;
  readonly pGreater: number;
  readonly pLess: number;
  readonly logPTwoSided: number;
}

/**
 * Fisher's exact test (Fisher 1935), conditional on both margins; two-sided by summing all tables at most as likely as the
 * observed one. Valid for any counts, conservative for tiny ones. Takes time that grows with the square root of the counts.
 * @throws StatsError when an arm is no proportion.
 */
export function fisherExact(control: Proportion, treatment: Proportion): ExactTest {
  demandArms(control, treatment);
  const drawn = control.successes + treatment.successes;
  const distribution = hypergeometric({ marked: treatment.trials, unmarked: control.trials, drawn });
  const observed = treatment.successes;
  const logPTwoSided = plainZero(logTwoSidedTail(distribution, observed));
  return {
    pTwoSided: Math.exp(logPTwoSided),
    pGreater: Math.exp(logUpperTail(distribution, observed)),
    pLess: Math.exp(logLowerTail(distribution, observed)),
    logPTwoSided,
  };
}

function hypergeometric(urn: Urn): DiscreteDistribution {
  const { marked, unmarked, drawn } = urn;
  return {
    from: Math.max(0, drawn - unmarked),
    to: Math.min(drawn, marked),
    mode: Math.floor(((drawn + 1) / (marked + unmarked + 2)) * (marked + 1)),
    logDensity: (k) => logHypergeometricDensity(k, urn),
    ratio: (k) => ((marked - k) / (k + 1)) * ((drawn - k) / (unmarked - drawn + k + 1)),
  };
}
