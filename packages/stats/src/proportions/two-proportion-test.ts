// z-tests of the difference of two shares.
import { plainZero } from '../numerics/series.ts';
import { zSignificance, type Significance } from '../significance.ts';
import { demandArms, rateDifference, rateVariance, type Proportion } from './proportion.ts';

/** A test of a difference; `significance` is null where the standard error is 0 and nothing can be tested. */
export interface DifferenceTest {
  readonly difference: number;
  readonly standardError: number;
  readonly significance: Significance | null;
}

/**
 * The pooled two-proportion z-test (score test; its square is Pearson's chi-square). Assumes independent units and enough of
 * them: some ten successes and failures in all; take `fisherExact` below. Null significance when no unit or every unit converted:
 * then the arms agree and nothing can be tested (two-sided p is 1 by convention).
 * @throws StatsError when an arm is no proportion.
 */
export function pooledZTest(control: Proportion, treatment: Proportion): DifferenceTest {
  demandArms(control, treatment);
  const trials = control.trials + treatment.trials;
  const successes = control.successes + treatment.successes;
  const variance =
    (successes / trials) * ((trials - successes) / trials) * (1 / control.trials + 1 / treatment.trials);
  return testOf(control, treatment, Math.sqrt(variance));
}

/**
 * The unpooled (Wald) z-test, the one that agrees with Wald's interval. Assumes as the pooled one, and more successes. Null
 * significance when both arms are at 0 or 100 %.
 * @throws StatsError when an arm is no proportion.
 */
export function unpooledZTest(control: Proportion, treatment: Proportion): DifferenceTest {
  demandArms(control, treatment);
  return testOf(control, treatment, Math.sqrt(rateVariance(control) + rateVariance(treatment)));
}

function testOf(control: Proportion, treatment: Proportion, standardError: number): DifferenceTest {
  const difference = plainZero(rateDifference(control, treatment));
  return { difference, standardError, significance: zSignificance(difference, standardError) };
}
