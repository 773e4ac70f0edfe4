// From proto3 JSON to the types of analytics-model.ts, which have everything.
import type {
  Comparison,
  ExperimentResults,
  FunnelVariant,
  Interval,
  MetricResults,
  PipelineStatus,
  QueryRows,
  SampleSize,
  Segments,
  TimeSeries,
  VariantResults,
} from './analytics-model.ts';
import { count, list, messageOf, optional, text, textList, truth, type Message } from './read-messages.ts';

/** JSON has no NaN: a number that does not exist is left out. */
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const readInterval = ({ lower, upper }: Message): Interval => ({
  lower: number(lower),
  upper: number(upper),
});

const readComparison = (from: Message): Comparison => ({
  method: text(from['method']),
  difference: number(from['difference']),
  differenceInterval: optional(from['differenceInterval'], readInterval),
  uplift: number(from['uplift']),
  upliftInterval: optional(from['upliftInterval'], readInterval),
  pValue: number(from['pValue']),
  logPValue: number(from['logPValue']),
  adjustedPValue: number(from['adjustedPValue']),
  significant: truth(from['significant']),
  chanceToWin: number(from['chanceToWin']),
  expectedLoss: number(from['expectedLoss']),
  guardrail: text(from['guardrail']),
  varianceReduction: number(from['varianceReduction']),
  minimumDetectableEffect: number(from['minimumDetectableEffect']),
  notEnough: text(from['notEnough']),
});

const readVariant = (from: Message): VariantResults => ({
  variant: text(from['variant']),
  units: count(from['units']),
  unitsWithEvents: count(from['unitsWithEvents']),
  mean: number(from['mean']),
  standardDeviation: number(from['standardDeviation']),
  meanInterval: optional(from['meanInterval'], readInterval),
  comparison: optional(from['comparison'], readComparison),
});

const readMetric = ({ metric, role, direction, variants }: Message): MetricResults => ({
  metric: text(metric),
  role: text(role),
  direction: text(direction),
  variants: list(variants, readVariant),
});

export const readResults = (from: Message): ExperimentResults => {
  const [ratio, recommendation] = [messageOf(from['sampleRatio']), messageOf(from['recommendation'])];
  return {
    experiment: text(from['experiment']),
    flagKey: text(from['flagKey']),
    state: text(from['state']),
    control: text(from['control']),
    computedAt: text(from['computedAt']),
    dataUntil: text(from['dataUntil']),
    units: list(from['units'], ({ variant, units, expectedShare, share }) => ({
      variant: text(variant),
      units: count(units),
      expectedShare: count(expectedShare),
      share: count(share),
    })),
    sampleRatio: {
      pValue: number(ratio['pValue']),
      mismatch: truth(ratio['mismatch']),
      crossedUnits: count(ratio['crossedUnits']),
      excludedUnits: count(ratio['excludedUnits']),
      excludedByReason: Object.fromEntries(
        Object.entries(messageOf(ratio['excludedByReason'])).map(([reason, units]) => [reason, count(units)]),
      ),
    },
    metrics: list(from['metrics'], readMetric),
    recommendation: {
      action: text(recommendation['action']) as ExperimentResults['recommendation']['action'],
      variant: text(recommendation['variant']),
      reasons: textList(recommendation['reasons']),
    },
    warnings: textList(from['warnings']),
  };
};

export const readTimeSeries = ({ points, anomalies }: Message): TimeSeries => ({
  points: list(points, ({ time, cumulative, inside }) => ({
    time: text(time),
    cumulative: list(cumulative, readVariant),
    inside: list(inside, readVariant),
  })),
  anomalies: list(anomalies, ({ time, variant, value, expected, score }) => ({
    time: text(time),
    variant: text(variant),
    value: count(value),
    expected: count(expected),
    score: count(score),
  })),
});

export const readFunnel = ({ variants }: Message): readonly FunnelVariant[] =>
  list(variants, ({ variant, steps }) => ({
    variant: text(variant),
    steps: list(steps, ({ event, units, conversion, conversionInterval, medianMs }) => ({
      event: text(event),
      units: count(units),
      conversion: number(conversion),
      conversionInterval: optional(conversionInterval, readInterval),
      medianMs: number(medianMs),
    })),
  }));

export const readSegments = ({ segments, heterogeneityPValue }: Message): Segments => ({
  segments: list(segments, ({ value, variants }) => ({
    value: text(value),
    variants: list(variants, readVariant),
  })),
  heterogeneityPValue: number(heterogeneityPValue),
});

export const readSampleSize = ({ unitsPerVariant, units, days, notes }: Message): SampleSize => ({
  unitsPerVariant: count(unitsPerVariant),
  units: count(units),
  days: number(days),
  notes: textList(notes),
});

export const readQuery = ({ columns, rows, truncated }: Message): QueryRows => ({
  columns: textList(columns),
  rows: Array.isArray(rows) ? rows.map((row) => (Array.isArray(row) ? (row as unknown[]) : [])) : [],
  truncated: truth(truncated),
});

export const readPipelineStatus = (from: Message): PipelineStatus => ({
  batchesBehind: count(from['batchesBehind']),
  events: count(from['events']),
  duplicates: count(from['duplicates']),
  dropped: Object.fromEntries(
    Object.entries(messageOf(from['dropped'])).map(([reason, times]) => [reason, count(times)]),
  ),
  dataUntil: text(from['dataUntil']),
});
