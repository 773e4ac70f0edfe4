// Control charts of a time series whose mean and deviation are known from history: EWMA and CUSUM find small lasting shifts
// that no single value gives away.
import { demand, demandFinite, demandPositive, demandSample } from '../errors.ts';
import { plainZero } from '../numerics/series.ts';

/** What is known of the process in its normal state. */
export interface ProcessState {
  readonly mean: number;
  readonly sd: number;
}

/** A moving average with limits. */
export interface EwmaChart {
  readonly average: readonly number[];
  /** Signal where the average is further than this from the mean. */
  readonly halfWidth: readonly number[];
  /** Index of the first signal, or null. */
  readonly firstSignal: number | null;
}

/**
 * The exponentially weighted moving average (Roberts 1959) with exact limits. lambda in (0, 1]: 0.2 finds shifts of about one sd; width is
 * in deviations of the average, usually 3. Assumes independent values; correlated ones signal too often.
 * @throws StatsError when an argument is out of its domain.
 */
export function ewmaChart(
  values: readonly number[],
  { mean, sd }: ProcessState,
  lambda = 0.2,
  width = 3,
): EwmaChart {
  demandSample(values, 'values');
  demandState({ mean, sd });
  demand(lambda > 0 && lambda <= 1, 'lambda', 'must lie in (0, 1]');
  demandPositive(width, 'width');
  let current = mean;
  const average = values.map((value) => (current = plainZero(lambda * value + (1 - lambda) * current)));
  const asymptotic = width * sd * Math.sqrt(lambda / (2 - lambda));
  const halfWidth = values.map((_, i) => {
    const forgotten = lambda === 1 ? -1 : Math.expm1(2 * (i + 1) * Math.log1p(-lambda));
    return asymptotic * Math.sqrt(-forgotten);
  });
  const signal = average.findIndex((value, i) => Math.abs(value - mean) > halfWidth[i]!);
  return { average, halfWidth, firstSignal: signal < 0 ? null : signal };
}

/** Cumulated excesses in both directions, in standard deviations. */
export interface CusumChart {
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly firstSignal: number | null;
}

/**
 * The tabular CUSUM (Page 1954): cumulates what exceeds `slack` deviations, signals above `limit`. 0.5 and 5 find a shift of one sd after
 * about 10 values and raise a false alarm every 465 or so. Assumes independent values.
 * @throws StatsError when an argument is out of its domain.
 */
export function cusumChart(
  values: readonly number[],
  { mean, sd }: ProcessState,
  slack = 0.5,
  limit = 5,
): CusumChart {
  demandSample(values, 'values');
  demandState({ mean, sd });
  demand(slack >= 0 && Number.isFinite(slack), 'slack', 'must be a finite number of at least 0');
  demandPositive(limit, 'limit');
  let up = 0;
  let down = 0;
  const high: number[] = [];
  const low: number[] = [];
  for (const value of values) {
    const z = (value - mean) / sd;
    high.push((up = Math.max(0, up + z - slack)));
    low.push((down = Math.max(0, down - z - slack)));
  }
  const signal = high.findIndex((value, i) => value > limit || low[i]! > limit);
  return { high, low, firstSignal: signal < 0 ? null : signal };
}

function demandState({ mean, sd }: ProcessState): void {
  demandFinite(mean, 'mean');
  demandPositive(sd, 'sd');
}
