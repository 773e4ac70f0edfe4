// Answers SampleSize: how many units an experiment needs, from a baseline that is given or what a metric was lately.
import { succeed, type Result } from '@org/contract';
import {
  asymptoticSequence,
  criticalZ,
  designProperties,
  normalQuantile,
  groupSequentialDesign,
  proportionSampleSize,
  StatsError,
  tSampleSize,
} from '@org/stats';
import type { SampleSizeRequest, SampleSizeResponse } from '@org/contract/gen/flags/v1/analytics_service';
import type { AnalyticsPorts } from '../ports.ts';
import { invalid } from '../service/handlers.ts';
import { valueOf } from './analysis/effect.ts';
import { isShare, MetricSums } from './collect/metric-sums.ts';
import { findMetric } from './find-experiment.ts';

const looks = 5;
/** What a metric was lately. */
const baselineDays = 28;
const dayMs = 86_400_000;

/** By the two-proportion test for rates, by the t-test for means; comparisons share alpha. */
export async function readSampleSize(
  ports: Pick<AnalyticsPorts, 'definitions' | 'gather' | 'now'>,
  request: SampleSizeRequest,
): Promise<Result<SampleSizeResponse>> {
  if (request.metric === '') return sampleSize(request);
  const based = await baselineOf(ports, request);
  if (!based.ok) return based;
  const size = sampleSize(based.value.request);
  return size.ok ? succeed({ ...size.value, notes: [based.value.note, ...size.value.notes] }) : size;
}

interface Based {
  readonly request: SampleSizeRequest;
  /** Where the baseline comes from. */
  readonly note: string;
}

/** The request with the metric's own baseline and minimum effect, where it says nothing of them. */
async function baselineOf(
  { definitions, gather, now }: Pick<AnalyticsPorts, 'definitions' | 'gather' | 'now'>,
  request: SampleSizeRequest,
): Promise<Result<Based>> {
  const found = findMetric(definitions, request.environment, request.metric);
  if (!found.ok) return found;
  const { metric, key } = found.value;
  if (metric.type === 'quantile')
    return invalid('metric', 'type', 'Sample sizes are reckoned of rates and means, not of quantiles.');
  const minimumEffect = request.minimumEffect === 0 ? (metric.minimumEffect ?? 0) : request.minimumEffect;
  const isGiven = request.baselineRate !== undefined || request.baselineMean !== undefined;
  if (isGiven) return succeed({ request: { ...request, minimumEffect }, note: 'The baseline is as given.' });
  const untilMs = now();
  const fromMs = untilMs - baselineDays * dayMs;
  const environmentId = request.environment;
  const shares = (await gather('baseline', { environmentId, metric, fromMs, untilMs })).flat();
  const sums = new MetricSums(metric);
  for (const share of shares.toSorted((a, b) => a.part - b.part)) sums.add(share.metric, [0]);
  const [arm] = sums.finish(1);
  const value = arm && valueOf(metric, arm);
  if (!arm || !value) {
    const message = `There are no units of the last ${baselineDays} days to take a baseline of "${key}" from.`;
    return invalid('metric', 'no_baseline', message);
  }
  const deviation = Math.sqrt(value.variance * arm.units);
  const baseline = isShare(metric.type)
    ? { baselineRate: value.value }
    : { baselineMean: value.value, baselineStandardDeviation: deviation };
  const told = isShare(metric.type) ? `a rate of ${value.value}` : `a mean of ${value.value} (standard deviation ${deviation})`; // prettier-ignore
  const note = `Baseline: ${told} of ${arm.units} units of the last ${baselineDays} days.`;
  return succeed({ request: { ...request, ...baseline, minimumEffect }, note });
}

/** The same for a baseline that is given. */
export function sampleSize(request: SampleSizeRequest): Result<SampleSizeResponse> {
  try {
    return compute(request);
  } catch (error) {
    if (error instanceof StatsError)
      return invalid(fieldOf(request), 'range', `${error.path} ${error.rule}.`);
    throw error;
  }
}

const fieldOf = ({ baselineRate }: SampleSizeRequest): string =>
  baselineRate === undefined ? 'baseline_mean' : 'baseline_rate';

function compute(request: SampleSizeRequest): Result<SampleSizeResponse> {
  const { baselineRate, baselineMean, baselineStandardDeviation, minimumEffect, unitsPerDay } = request;
  const variants = request.variants === 0 ? 2 : request.variants;
  if (variants < 2 || variants > 100) return invalid('variants', 'range', 'From 2 to 100.');
  if (!(Math.abs(minimumEffect) > 0) || !Number.isFinite(minimumEffect))
    return invalid('minimum_effect', 'range', 'A number other than 0.');
  if (!(unitsPerDay >= 0)) return invalid('units_per_day', 'min_value', 'Must not be negative.');
  if (!['', 'fixed', 'sequential', 'group_sequential'].includes(request.method))
    return invalid('method', 'in', 'One of "fixed", "sequential" and "group_sequential".');
  const alpha = (request.alpha === 0 ? 0.05 : request.alpha) / (variants - 1);
  const power = request.power === 0 ? 0.8 : request.power;
  const rates = { alpha, power, sides: 2 } as const;
  let perVariant: number;
  if (baselineRate !== undefined) {
    perVariant = proportionSampleSize(baselineRate, baselineRate * (1 + minimumEffect), rates).perArm;
  } else if (baselineMean !== undefined && baselineStandardDeviation !== undefined) {
    perVariant = tSampleSize(baselineMean * minimumEffect, baselineStandardDeviation, rates).perArm;
  } else {
    const message =
      'A baseline is required: baseline_rate, or baseline_mean and baseline_standard_deviation.';
    return invalid('baseline_rate', 'required', message);
  }
  const factor = factorOf(request.method, alpha, power);
  const unitsPerVariant = Math.ceil(perVariant * factor);
  const units = unitsPerVariant * variants;
  return succeed({
    unitsPerVariant,
    units,
    ...(unitsPerDay > 0 ? { days: units / unitsPerDay } : {}),
    notes: notesOf(request, variants),
  });
}

function factorOf(method: string, alpha: number, power: number): number {
  if (method === 'sequential') return sequentialFactor(alpha, power);
  if (method !== 'group_sequential') return 1;
  const information = Array.from({ length: looks }, (_, look) => (look + 1) / looks);
  const plan = { family: { kind: 'lan-demets-obrien-fleming' }, information, alpha, sides: 2 } as const;
  return designProperties(plan, groupSequentialDesign(plan), power).inflationFactor;
}

/** A confidence sequence, where it is tightest, is so much wider than the interval of a fixed test. */
function sequentialFactor(alpha: number, power: number): number {
  const units = 10_000;
  const look = { units, estimate: 0, standardError: 1 };
  const { widthRatio = 1 } = asymptoticSequence(look, { alpha, unitsTuned: units }) ?? {};
  const [critical, beyond] = [criticalZ(1 - alpha), normalQuantile(power)];
  return ((widthRatio * critical + beyond) / (critical + beyond)) ** 2;
}

function notesOf({ method }: SampleSizeRequest, variants: number): string[] {
  const notes = ['Run whole weeks, so that all days of the week weigh the same.'];
  if (variants > 2) notes.push(`Alpha is shared among ${variants - 1} comparisons with control.`);
  if (method === 'sequential')
    notes.push('Always-valid inference needs more units than a fixed test at its end, and may end earlier.');
  if (method === 'group_sequential') notes.push(`For ${looks} equally spaced looks.`);
  return notes;
}
