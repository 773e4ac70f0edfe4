// Group-sequential designs: a few looks at planned shares of the information, with boundaries chosen before the start.
import { demand, demandInside } from '../errors.ts';
import { normalQuantile, normalTails } from '../numerics/normal.ts';
import { findZero } from '../numerics/search.ts';
import { BoundaryWalk } from './exit-probabilities.ts';
import { alphaSpent, type Spending } from './spending.ts';

/** At most this many looks; plan continuous monitoring with a confidence sequence instead. */
export const looksMax = 1_000;

/** The family of boundaries. Classical ones: bound_k = C (t_k / t_K)^(exponent - 1/2). */
export type BoundaryFamily =
  | { readonly kind: 'pocock' }
  | { readonly kind: 'obrien-fleming' }
  /** Wang, Tsiatis 1987. */
  | { readonly kind: 'wang-tsiatis'; readonly delta: number }
  | Spending;

/** A plan: when one looks, and what error is allowed. */
export interface GroupSequentialPlan {
  readonly family: BoundaryFamily;
  /** Shares of the maximal information at the looks, ascending, the last one usually 1. */
  readonly information: readonly number[];
  readonly alpha: number;
  readonly sides: 1 | 2;
}

/** Boundaries and what they cost. */
export interface GroupSequentialDesign {
  /** Reject at look k when |z| (or z with one side) is at least this. */
  readonly zBounds: readonly number[];
  readonly nominalOneSidedP: readonly number[];
  /** Error spent up to each look, both sides together. */
  readonly cumulativeAlpha: readonly number[];
}

/**
 * Computes the boundaries. Classical families: Pocock 1977, O'Brien and Fleming 1979, Wang and Tsiatis 1987; spending: Lan and DeMets
 * 1983, with alpha/2 per side for two sides. Assumes normal test statistics with independent increments (sums over users: yes) and
 * looks that do not depend on the effect seen. Relative error of the bounds below 1e-8.
 * @throws StatsError when the plan is out of its domain.
 */
export function groupSequentialDesign(plan: GroupSequentialPlan): GroupSequentialDesign {
  demandPlan(plan);
  const zBounds = isSpending(plan.family) ? spendingBounds(plan, plan.family) : classicalBounds(plan);
  return {
    zBounds,
    nominalOneSidedP: zBounds.map((z) => normalTails(z).upper),
    cumulativeAlpha: cumulativeExits(plan, zBounds, 0),
  };
}

/** What a design costs and saves, at an effect that it finds with some power. */
export interface DesignProperties {
  /** Maximal information over that of a fixed test of the same power. */
  readonly inflationFactor: number;
  /** Drift of z at full information under the alternative. */
  readonly drift: number;
  /** Expected information at the end, as a share of the maximal one. */
  readonly expectedUnderNull: number;
  readonly expectedUnderAlternative: number;
}

/**
 * Inflation and expected information of a design.
 * @throws StatsError when the plan or the power is out of its domain.
 */
export function designProperties(
  plan: GroupSequentialPlan,
  { zBounds }: GroupSequentialDesign,
  power: number,
): DesignProperties {
  demandPlan(plan);
  demandInside(power, 'power');
  const last = plan.information.at(-1)!;
  const fixed = normalQuantile(plan.alpha / plan.sides, 'upper') + normalQuantile(power);
  demand(fixed > 0, 'power', 'must exceed alpha');
  // As for the fixed test: rejecting on the wrong side is no power.
  const powerAt = (drift: number): number => cumulativeExits(plan, zBounds, drift, 'upper').at(-1)!;
  const low = (0.5 * fixed) / Math.sqrt(last);
  let high = (1.5 * fixed) / Math.sqrt(last);
  while (powerAt(high) < power) high *= 1.5;
  const drift = findZero((value) => powerAt(value) - power, low, high, 1e-12);
  return {
    inflationFactor: ((drift * Math.sqrt(last)) / fixed) ** 2,
    drift,
    expectedUnderNull: expectedInformation(plan, zBounds, 0),
    expectedUnderAlternative: expectedInformation(plan, zBounds, drift),
  };
}

/** Chances to have stopped by each look, for a drift of the score per unit of information. */
function cumulativeExits(
  { information, sides }: GroupSequentialPlan,
  bounds: readonly number[],
  drift: number,
  counted: 'upper' | 'both' = 'both',
): readonly number[] {
  const walk = new BoundaryWalk(drift, sides);
  let total = 0;
  return information.map((t, k) => {
    const upper = walk.upperExit(t, bounds[k]!);
    if (sides === 1 || counted === 'upper') total += upper;
    else total += drift === 0 ? 2 * upper : upper + walk.lowerExit(t, bounds[k]!);
    if (k < information.length - 1) walk.step(t, bounds[k]!);
    return Math.min(1, total);
  });
}

function expectedInformation(plan: GroupSequentialPlan, bounds: readonly number[], drift: number): number {
  const stopped = cumulativeExits(plan, bounds, drift);
  const { information } = plan;
  return information.reduce(
    (sum, t, k) => sum + (t - (information[k - 1] ?? 0)) * (1 - (stopped[k - 1] ?? 0)),
    0,
  );
}

function classicalBounds(plan: GroupSequentialPlan): readonly number[] {
  const { information, alpha, sides } = plan;
  const last = information.at(-1)!;
  const exponent = exponentOf(plan.family) - 0.5;
  const shape = information.map((t) => (t / last) ** exponent);
  const boundsOf = (constant: number): readonly number[] => shape.map((factor) => constant * factor);
  const low = normalQuantile(alpha / sides, 'upper');
  if (information.length === 1) return [low];
  const excess = (constant: number): number => {
    const error = cumulativeExits(plan, boundsOf(constant), 0).at(-1)!;
    return Math.log(error / alpha);
  };
  let high = Math.max(low, 0.1) * 1.5;
  while (excess(high) > 0) high *= 1.5;
  return boundsOf(findZero(excess, low, high, 1e-13));
}

function exponentOf(family: BoundaryFamily): number {
  if (family.kind === 'pocock') return 0.5;
  return family.kind === 'wang-tsiatis' ? family.delta : 0;
}

function spendingBounds(plan: GroupSequentialPlan, spending: Spending): readonly number[] {
  const { information, sides } = plan;
  const perSide = plan.alpha / sides;
  const walk = new BoundaryWalk(0, sides);
  let spent = 0;
  return information.map((t, k) => {
    const target = alphaSpent(spending, t, perSide);
    const bound = boundFor(walk, t, target - spent);
    spent = target;
    if (k < information.length - 1) walk.step(t, bound);
    return bound;
  });
}

// Beyond it nothing is ever rejected: P(Z > 38) is below the smallest double.
const boundMax = 38;

function boundFor(walk: BoundaryWalk, information: number, error: number): number {
  if (!(error > 1e-300)) return boundMax;
  const logError = Math.log(error);
  const excess = (bound: number): number => {
    const exit = walk.upperExit(information, bound);
    return (exit > 0 ? Math.log(exit) : -1e6) - logError;
  };
  return excess(boundMax) >= 0 ? boundMax : findZero(excess, -boundMax, boundMax, 1e-13);
}

function isSpending(family: BoundaryFamily): family is Spending {
  return !['pocock', 'obrien-fleming', 'wang-tsiatis'].includes(family.kind);
}

function demandPlan({ information, alpha, sides, family }: GroupSequentialPlan): void {
  demandInside(alpha, 'alpha');
  demand(sides === 1 || sides === 2, 'sides', 'must be 1 or 2');
  demand(sides === 2 || alpha < 0.5, 'alpha', 'must be below 1/2 with one side');
  demand(
    information.length >= 1 && information.length <= looksMax,
    'information',
    `must hold 1 to ${looksMax} looks`,
  );
  information.forEach((t, k) => {
    demand(
      Number.isFinite(t) && t > (information[k - 1] ?? 0),
      `information[${k}]`,
      'must be above the one before',
    );
  });
  if (family.kind === 'wang-tsiatis')
    demand(family.delta >= -2 && family.delta <= 1, 'family.delta', 'must lie in [-2, 1]');
}
