// E-processes of counts: how much the arms in which events happened speak against the shares they should have. Exact for any
// number of events, any split and any stopping rule; for rare events, canaries and sample ratio mismatch while people watch.
import { demandPositive } from '../errors.ts';
import { deviance } from '../numerics/deviance.ts';
import { plainZero } from '../numerics/series.ts';
import { stirlingError } from '../numerics/stirling.ts';
import { demandAllocation, expectations, hasTrafficInClosedArm, openArms } from '../srm.ts';

/** Evidence that may be looked at after every event. */
export interface CountEvidence {
  /** log of the e-value; e exceeds 1/alpha at any time with probability at most alpha if the shares are right. */
  readonly logE: number;
  /** min(1, 1/e) of this look. An always-valid p-value is the least of them over all looks so far. */
  readonly p: number;
  readonly negLogP: number;
  readonly isTrafficInClosedArm: boolean;
}

/**
 * The Dirichlet-multinomial Bayes factor of Lindon and Malek (2022, "Anytime-valid inference for multinomial count data") of counts
 * per arm against weights, under a Dirichlet(concentration * share) alternative; with two arms the conditional Beta-binomial form.
 *
 * Counts may be units (sequential SRM), conversions (given equal chances, an event falls into an arm by its share of the units) or
 * errors. Assumes that, if nothing is wrong, each further event falls into an arm by its share, whatever happened before.
 * Arms of weight 0 are left out and reported. logE is 0 with fewer than two open arms or no event.
 * @throws StatsError when counts, weights or concentration are out of their domain.
 */
export function countEvidence(
  counts: readonly number[],
  weights: readonly number[],
  concentration = 1,
): CountEvidence {
  demandAllocation(counts, weights);
  demandPositive(concentration, 'concentration');
  const open = openArms(counts, weights);
  const total = open.reduce((sum, { count }) => sum + count, 0);
  const logE = open.length < 2 || total === 0 ? 0 : logBayesFactor(open, total, concentration);
  const negLogP = plainZero(Math.max(0, logE));
  return {
    logE,
    p: Math.exp(-negLogP),
    negLogP,
    isTrafficInClosedArm: hasTrafficInClosedArm(counts, weights),
  };
}

/** Stirling's terms of numerator and denominator cancel but for deviances, so nothing is lost at billions. */
function logBayesFactor(arms: ReturnType<typeof openArms>, total: number, concentration: number): number {
  const whole = total + concentration;
  let log = remainder(concentration) - remainder(whole);
  for (const [i, { expected, excess }] of expectations(arms, total).entries()) {
    const { count, share } = arms[i]!;
    const prior = concentration * share;
    log += deviance(prior + count, prior + expected, excess) + remainder(prior + count) - remainder(prior);
  }
  return plainZero(log);
}

/** What Stirling's formula adds to x log x - x, without its constant. */
function remainder(x: number): number {
  return -0.5 * Math.log(x) + stirlingError(x);
}

/**
 * The concentration that looks for rates that differ by about a relative effect: the spread of the smallest arm's share under the
 * alternative is the shift that such an effect makes. 1 (a very wide alternative) finds only huge differences in a small arm.
 * @throws StatsError when the weights are no allocation or the effect is not above 0.
 */
export function concentrationFor(weights: readonly number[], relativeEffect: number): number {
  demandAllocation(
    weights.map(() => 0),
    weights,
  );
  demandPositive(relativeEffect, 'relativeEffect');
  const shares = openArms(
    weights.map(() => 0),
    weights,
  ).map(({ share }) => share);
  const smallest = Math.min(...shares);
  if (shares.length < 2 || !(smallest > 0)) return 1;
  return Math.max(1, 1 / (smallest * (1 - smallest) * relativeEffect * relativeEffect) - 1);
}
