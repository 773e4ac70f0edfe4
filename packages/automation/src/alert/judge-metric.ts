// Rules over the events of a metric: a bound, or a detector that learns what is usual from the time before.
import { ewmaChart, robustOutliers, robustZMax } from '@org/stats';
import type { AlertMetricRule } from '@org/contract/model';
import type { Judgement } from './judge.ts';
import { countedAs, type AlertWorld, type MinuteCounts } from './world.ts';

const minutesDefault = 5;
/** So many values from before are needed to know what is usual. */
const usualMin = 12;
/** The latest values that a shift is looked for in. */
const chartedMax = 8;
/** In standard deviations of the average: looks are many. */
const chartWidth = 4;

const unknown = (text: string): Judgement => ({ verdict: 'unknown', text, numbers: {} });
const short = (value: number): number => Number(value.toPrecision(4));

/** Judges a bound or asks the detector. */
export function judgeMetric(rule: AlertMetricRule, world: AlertWorld): Judgement {
  const event = world.eventOf(rule.metric);
  if (event === undefined) return unknown(`There is no metric "${rule.metric}" that counts one event.`);
  const counts = world.counts(countedAs.events(event));
  if (counts === undefined) return unknown('Nothing was counted yet.');
  const values = valuesOf(rule, counts);
  const latest = values.at(-1);
  if (latest === undefined) return unknown('No value came in this time.');
  return rule.detector === undefined ? judgeBound(rule, latest) : detect(rule, values, latest);
}

/** One value for each window, oldest first; windows without a mean are left out, the latest one included. */
function valuesOf(
  { aggregate = 'events_per_minute', minutes = minutesDefault }: AlertMetricRule,
  { series }: MinuteCounts,
): readonly (number | undefined)[] {
  const { count = [], valued = [], sum = [] } = series;
  const length = Math.max(count.length, valued.length, sum.length);
  const windows = Math.floor(length / minutes);
  const total = (list: readonly number[], window: number): number => {
    const end = list.length - (windows - 1 - window) * minutes;
    return list.slice(Math.max(0, end - minutes), end).reduce((all, value) => all + value, 0);
  };
  return Array.from({ length: windows }, (_, window) => {
    if (aggregate === 'events_per_minute') return total(count, window) / minutes;
    const events = total(valued, window);
    return events === 0 ? undefined : total(sum, window) / events;
  });
}

function judgeBound(
  { metric, comparison = '>', value: limit = 0, aggregate = 'events_per_minute' }: AlertMetricRule,
  value: number,
): Judgement {
  const isBad = { '<': value < limit, '<=': value <= limit, '>': value > limit, '>=': value >= limit }[
    comparison
  ];
  return {
    verdict: isBad ? 'bad' : 'good',
    text: `"${metric}": ${short(value)} (${aggregate.replaceAll('_', ' ')}); an alarm at ${comparison} ${limit}.`,
    numbers: { value, limit },
  };
}

function detect(
  { metric, detector }: AlertMetricRule,
  values: readonly (number | undefined)[],
  latest: number,
): Judgement {
  const known = values.filter((value) => value !== undefined);
  const charted = detector === 'shift' ? Math.min(chartedMax, known.length - usualMin) : 1;
  const usual = known.slice(0, known.length - Math.max(1, charted));
  if (usual.length < usualMin) return unknown(`${usual.length} values are too few to know what is usual.`);
  const { median, scale } = robustOutliers(usual);
  // Counts that never changed tell no deviation: that of rare events then.
  const sd = scale > 0 ? scale : Math.sqrt(Math.max(Math.abs(median), 1e-9));
  const z = (latest - median) / sd;
  const isBad =
    detector === 'shift' ? isShifted(known.slice(-charted), median, sd) : Math.abs(z) > robustZMax;
  return {
    verdict: isBad ? 'bad' : 'good',
    text: `"${metric}": ${short(latest)}; ${short(median)} is usual (${short(z)} deviations, ${detector}).`,
    numbers: { value: latest, usual: median, deviations: z },
  };
}

/** Whether the average is out of its limits now; that it was once does not count. */
function isShifted(values: readonly number[], mean: number, sd: number): boolean {
  const { average, halfWidth } = ewmaChart(values, { mean, sd }, 0.2, chartWidth);
  return Math.abs((average.at(-1) ?? mean) - mean) > (halfWidth.at(-1) ?? Infinity);
}
