// Outliers in a list of values by median and median absolute deviation, which outliers themselves cannot move.
import { demandSample } from '../errors.ts';
import { sampleQuantile, sorted } from '../means/quantile-metric.ts';
import { plainZero, sum } from '../numerics/series.ts';

/** Centre, spread and suspects of a list. Indices are those of the list. */
export interface RobustOutliers {
  readonly median: number;
  /** Median absolute deviation, not scaled. */
  readonly mad: number;
  readonly meanAbsoluteDeviation: number;
  /** What a standard deviation would be without outliers: 1.4826 MAD, else 1.2533 mean absolute deviation, else 0. */
  readonly scale: number;
  /** (value - median) / scale; null where the scale is 0 or the quotient overflows. */
  readonly z: readonly (number | null)[];
  /** Iglewicz and Hoaglin's modified z-scores; null where the MAD is 0. */
  readonly modifiedZ: readonly (number | null)[] | null;
  readonly outliers: readonly number[];
  readonly quartiles: { readonly lower: number; readonly upper: number };
  readonly fences: { readonly lower: number; readonly upper: number };
  readonly outsideFences: readonly number[];
}

/** |z| above it is an outlier (Iglewicz, Hoaglin 1993). */
export const robustZMax = 3.5;

/**
 * Robust z-scores (Iglewicz, Hoaglin 1993; Leys et al. 2013) and Tukey's fences (1977). Assumes independent values without trend or season:
 * take differences to last week first. With more than half of the values equal the MAD is 0 and the mean absolute deviation steps in.
 * @throws StatsError when the list is empty or holds anything but finite numbers.
 */
export function robustOutliers(values: readonly number[]): RobustOutliers {
  demandSample(values, 'values');
  const ascending = sorted(values);
  const median = sampleQuantile(ascending, 0.5);
  const deviations = values.map((value) => Math.abs(value - median));
  const mad = sampleQuantile(sorted(deviations), 0.5);
  const meanAbsoluteDeviation = sum(deviations) / values.length;
  const scale = mad > 0 ? 1.4826 * mad : 1.253314 * meanAbsoluteDeviation;
  const z = values.map((value) => score(value - median, scale));
  const quartiles = { lower: sampleQuantile(ascending, 0.25), upper: sampleQuantile(ascending, 0.75) };
  const range = quartiles.upper - quartiles.lower;
  const fences = { lower: quartiles.lower - 1.5 * range, upper: quartiles.upper + 1.5 * range };
  return {
    median,
    mad,
    meanAbsoluteDeviation,
    scale,
    z,
    modifiedZ: mad > 0 ? values.map((value) => score(0.6745 * (value - median), mad)) : null,
    outliers: z.flatMap((score, i) => (score !== null && Math.abs(score) > robustZMax ? [i] : [])),
    quartiles,
    fences,
    outsideFences: values.flatMap((value, i) => (value < fences.lower || value > fences.upper ? [i] : [])),
  };
}

function score(deviation: number, scale: number): number | null {
  const quotient = deviation / scale;
  return scale > 0 && Number.isFinite(quotient) ? plainZero(quotient) : null;
}
