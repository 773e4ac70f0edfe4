// A quantile of single events with units as clusters: events of one unit resemble each other, so the interval comes from the
// variance over units of the share of events below the quantile (Deng, Knoblich, Lu 2018).
import { bivariateOf, criticalZ, ratioOfMeans, sampleQuantile, sorted } from '@org/stats';
import type { QuantileOfEvents } from './request.ts';

const level = 0.95;
const unitsMin = 20;

/** `ends[i]`: where the values of unit i end. Undefined where the events are too few to tell an interval. */
export function quantileOfEvents(
  values: readonly number[],
  ends: readonly number[],
  share: number,
): QuantileOfEvents | undefined {
  if (ends.length < unitsMin) return undefined;
  const ascending = sorted(values);
  const value = sampleQuantile(ascending, share);
  const totals: number[] = [];
  const below: number[] = [];
  let start = 0;
  for (const end of ends) {
    let count = 0;
    for (let index = start; index < end; index += 1) if (values[index]! <= value) count += 1;
    below.push(count);
    totals.push(end - start);
    start = end;
  }
  const clustered = ratioOfMeans(bivariateOf(below, totals));
  if (clustered === null) return undefined;
  const z = criticalZ(level);
  const reach = z * Math.sqrt(clustered.variance);
  // Beyond the sample: the interval has no such end.
  if (share - reach <= 0 || share + reach >= 1) return undefined;
  const lower = sampleQuantile(ascending, share - reach);
  const upper = sampleQuantile(ascending, share + reach);
  return { value, standardError: (upper - lower) / (2 * z), lower, upper };
}
