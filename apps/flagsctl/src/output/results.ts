// Results of experiments for people: tables of numbers, and sentences.
import type {
  Comparison,
  Experiment,
  ExperimentResults,
  FunnelVariant,
  Interval,
  SampleSize,
  Segments,
  TimeSeries,
  VariantResults,
} from '@org/flags-admin';
import { oneLine, table } from './printable.ts';

const number = (value: number | undefined): string =>
  value === undefined ? '' : String(Number(value.toPrecision(5)));
const percent = (value: number | undefined): string =>
  value === undefined ? '' : `${number(100 * Number(value.toPrecision(5)))} %`;
const range = (interval: Interval | undefined, show: (value: number | undefined) => string): string =>
  interval === undefined
    ? ''
    : `${interval.lower === undefined ? '-∞' : show(interval.lower)} … ${interval.upper === undefined ? '∞' : show(interval.upper)}`;

/** What is said of a comparison in a word or two. */
function verdict({ notEnough, significant, guardrail, chanceToWin }: Comparison): string {
  if (notEnough !== '') return notEnough;
  if (chanceToWin !== undefined) return `${percent(chanceToWin)} chance to win`;
  if (guardrail !== '') return guardrail;
  return significant ? 'significant' : 'not significant';
}

const header = ['VARIANT', 'UNITS', 'MEAN', 'UPLIFT', 'INTERVAL', 'P', 'SAYS'];

const variantRow = ({ variant, units, mean, comparison }: VariantResults): readonly string[] => [
  variant,
  number(units),
  number(mean),
  ...(comparison === undefined
    ? ['', '', '', 'control']
    : [
        percent(comparison.uplift),
        range(comparison.upliftInterval, percent),
        number(comparison.adjustedPValue ?? comparison.pValue),
        verdict(comparison),
      ]),
];

const recommendationLines = ({
  recommendation: { action, variant, reasons },
  warnings,
}: ExperimentResults): readonly string[] => [
  `recommended: ${action}${variant === '' ? '' : ` "${variant}"`}`,
  ...reasons.map((reason) => `  ${oneLine(reason)}`),
  ...warnings.map((warning) => `warning: ${oneLine(warning)}`),
];

export const resultLines = (results: ExperimentResults): readonly string[] => {
  const { experiment, flagKey, state, sampleRatio, units, metrics, dataUntil } = results;
  return [
    `${experiment} on ${flagKey}: ${state}, data until ${dataUntil === '' ? 'nothing came' : dataUntil}`,
    '',
    ...table(
      ['VARIANT', 'UNITS', 'SHARE', 'EXPECTED'],
      units.map((each) => [
        each.variant,
        number(each.units),
        percent(each.share),
        percent(each.expectedShare),
      ]),
    ),
    `sample ratio: ${sampleRatio.mismatch ? 'MISMATCH' : 'as planned'}${sampleRatio.pValue === undefined ? '' : ` (p ${number(sampleRatio.pValue)})`}; left out: ${sampleRatio.crossedUnits} crossed, ${excludedOf(sampleRatio)}`,
    '',
    ...table(
      ['METRIC', 'ROLE', ...header],
      metrics.flatMap(({ metric, role, variants }) =>
        variants.map((variant) => [metric, role, ...variantRow(variant)]),
      ),
    ),
    '',
    ...recommendationLines(results),
  ];
};

export function statusLines(
  key: string,
  { target, life, variants, allocation }: Experiment,
  results: ExperimentResults | undefined,
): readonly string[] {
  const state = life?.state ?? 'draft';
  const { startedAt, startedBy, stoppedAt, stoppedBy, decision } = life ?? {};
  return [
    `${key} on ${target.key}: ${state}, ${allocation / 1_000} % of the units, ${variants.map(({ variant, weight }) => `${variant}=${weight}`).join(',')}`,
    ...(life?.holdouts === undefined ? [] : [`without the units of ${life.holdouts.join(', ')}`]),
    ...(startedAt === undefined ? [] : [`started ${startedAt} by ${oneLine(startedBy ?? '')}`]),
    ...(stoppedAt === undefined ? [] : [`stopped ${stoppedAt} by ${oneLine(stoppedBy ?? '')}`]),
    ...(decision === undefined
      ? []
      : [
          `decided ${decision.at} by ${oneLine(decision.by)}: ${decision.outcome} ${decision.variant ?? ''}`.trimEnd(),
          ...decision.reasons.map((reason) => `  ${oneLine(reason)}`),
        ]),
    ...(results === undefined || decision !== undefined ? [] : recommendationLines(results)),
  ];
}

export const seriesLines = ({ points, anomalies }: TimeSeries): readonly string[] => [
  ...table(
    ['TIME', 'OF', ...header],
    points.flatMap(({ time, cumulative, inside }) => [
      ...cumulative.map((variant) => [time, 'all so far', ...variantRow(variant)]),
      ...inside.map((variant) => [time, 'new units', ...variantRow(variant)]),
    ]),
  ),
  ...anomalies.map(
    ({ time, variant, value, expected, score }) =>
      `out of line: ${time} ${variant}: ${number(value)} where ${number(expected)} is usual (score ${number(score)})`,
  ),
];

/** e.g. `12 excluded (10 condition, 2 targeted)` */
const excludedOf = ({ excludedUnits, excludedByReason }: ExperimentResults['sampleRatio']): string => {
  const reasons = Object.entries(excludedByReason).filter(([, units]) => units > 0);
  const parts = reasons.map(([reason, units]) => `${units} ${reason}`).sort();
  return `${excludedUnits} excluded${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
};

export const segmentLines = ({ segments, heterogeneityPValue }: Segments): readonly string[] => [
  ...table(
    ['SEGMENT', ...header],
    segments.flatMap(({ value, variants }) =>
      variants.map((variant) => [value === '' ? '(none)' : value, ...variantRow(variant)]),
    ),
  ),
  ...(heterogeneityPValue === undefined
    ? []
    : [`effects differ between segments: p ${number(heterogeneityPValue)}`]),
];

export const funnelLines = (variants: readonly FunnelVariant[]): readonly string[] =>
  table(
    ['VARIANT', 'STEP', 'UNITS', 'OF THE STEP BEFORE', 'INTERVAL', 'MEDIAN'],
    variants.flatMap(({ variant, steps }) =>
      steps.map(({ event, units, conversion, conversionInterval, medianMs }) => [
        variant === '' ? '(all)' : variant,
        event,
        number(units),
        percent(conversion),
        range(conversionInterval, percent),
        medianMs === undefined ? '' : `${number(medianMs / 1_000)} s`,
      ]),
    ),
  );

export const sampleSizeLines = ({ unitsPerVariant, units, days, notes }: SampleSize): readonly string[] => [
  `${units} units, ${unitsPerVariant} of each variant${days === undefined ? '' : `: ${number(days)} days`}`,
  ...notes,
];
