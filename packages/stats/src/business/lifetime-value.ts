// Customer lifetime value: what a customer is worth over the whole relation, from margins and retention.
import { demand, demandCount, demandFinite, demandPositive, demandProbability } from '../errors.ts';
import { minimize } from '../numerics/minimize.ts';
import { plainZero } from '../numerics/series.ts';
import { logBeta } from '../numerics/stirling.ts';

/** Terms of a relation with a constant margin and constant retention per period. */
export interface ConstantRelation {
  readonly marginPerPeriod: number;
  /** Share of customers that stay from one period to the next. */
  readonly retention: number;
  /** Discount rate per period, 0 for none. */
  readonly discount: number;
}

/**
 * Value of a new customer with constant retention, the first margin now: m (1 + d) / (1 + d - r) (Gupta, Lehmann 2003). Null when the sum
 * has no limit (nobody leaves and nothing is discounted).
 * @throws StatsError when an argument is out of its domain.
 */
export function constantLifetimeValue({
  marginPerPeriod,
  retention,
  discount,
}: ConstantRelation): number | null {
  demandFinite(marginPerPeriod, 'marginPerPeriod');
  demandProbability(retention, 'retention');
  demandDiscount(discount);
  const loss = 1 + discount - retention;
  return loss > 0 ? plainZero(((1 + discount) / loss) * marginPerPeriod) : null;
}

/**
 * Value from an observed survival curve (share still there at the start of each period, the first usually 1) up to its end.
 * @throws StatsError when an argument is out of its domain or the curve rises.
 */
export function lifetimeValueOfCurve(
  survival: readonly number[],
  marginPerPeriod: number,
  discount: number,
): number {
  demandFinite(marginPerPeriod, 'marginPerPeriod');
  demandDiscount(discount);
  let value = 0;
  survival.forEach((share, period) => {
    demandProbability(share, `survival[${period}]`);
    demand(period === 0 || share <= survival[period - 1]!, `survival[${period}]`, 'must not rise');
    value += (marginPerPeriod * share) / (1 + discount) ** period;
  });
  return plainZero(value);
}

/** The shifted-beta-geometric model: each customer leaves with a chance of its own, drawn from Beta(alpha, beta). */
export interface RetentionModel {
  readonly alpha: number;
  readonly beta: number;
}

/** At most this many periods are projected. */
export const periodsMax = 10_000;

/**
 * Fits the shifted-beta-geometric model (Fader, Hardie 2007) by maximum likelihood to a cohort: customers still there at the start of
 * each period. Explains why retention seems to rise with age: those who leave early leave first. Null when nobody or everybody
 * leaves at once: the data then say nothing about the spread.
 * @throws StatsError when a count is no count, rises, or there are fewer than three periods.
 */
export function fitRetention(survivors: readonly number[]): RetentionModel | null {
  demand(survivors.length >= 3, 'survivors', 'must hold at least 3 periods');
  demand(survivors.length <= periodsMax, 'survivors', `must hold at most ${periodsMax} periods`);
  survivors.forEach((count, i) => {
    demandCount(count, `survivors[${i}]`);
    demand(i === 0 || count <= survivors[i - 1]!, `survivors[${i}]`, 'must not rise');
  });
  const last = survivors.at(-1)!;
  if (survivors[0] === last || survivors[1] === 0) return null;
  const [logAlpha, logBetaParameter] = minimize(
    (a, b) =>
      Math.max(Math.abs(a), Math.abs(b)) > 12
        ? Infinity
        : negativeLogLikelihood(survivors, Math.exp(a), Math.exp(b)),
    [0, 0],
  );
  return { alpha: Math.exp(logAlpha), beta: Math.exp(logBetaParameter) };
}

/**
 * The share of a cohort still there after a number of periods: B(alpha, beta + t) / B(alpha, beta).
 * @throws StatsError when the model or t is out of its domain.
 */
export function survivalShare({ alpha, beta }: RetentionModel, periods: number): number {
  demandPositive(alpha, 'model.alpha');
  demandPositive(beta, 'model.beta');
  demandCount(periods, 'periods');
  return periods === 0 ? 1 : Math.min(1, Math.exp(logBeta(alpha, beta + periods) - logBeta(alpha, beta)));
}

/**
 * Expected value of a new customer over a horizon under a fitted model, the first margin now.
 * @throws StatsError when an argument is out of its domain.
 */
export function projectedLifetimeValue(
  model: RetentionModel,
  marginPerPeriod: number,
  discount: number,
  periods: number,
): number {
  demandFinite(marginPerPeriod, 'marginPerPeriod');
  demandDiscount(discount);
  demand(
    Number.isSafeInteger(periods) && periods >= 1 && periods <= periodsMax,
    'periods',
    `must be 1 to ${periodsMax}`,
  );
  let value = 0;
  for (let t = 0; t < periods; t++)
    value += (marginPerPeriod * survivalShare(model, t)) / (1 + discount) ** t;
  return plainZero(value);
}

function negativeLogLikelihood(survivors: readonly number[], alpha: number, beta: number): number {
  let log = 0;
  let logLeaving = Math.log(alpha / (alpha + beta));
  for (let t = 1; t < survivors.length; t++) {
    if (t > 1) logLeaving += Math.log((beta + t - 2) / (alpha + beta + t - 1));
    log += (survivors[t - 1]! - survivors[t]!) * logLeaving;
  }
  const stayed = logBeta(alpha, beta + survivors.length - 1) - logBeta(alpha, beta);
  return -(log + survivors.at(-1)! * stayed);
}

function demandDiscount(discount: number): void {
  demandFinite(discount, 'discount');
  demand(discount >= 0, 'discount', 'must not be negative');
}
