// Results as CSV (RFC 4180): one line per metric and variant.
import type { ExperimentResults, VariantResults } from '@org/contract/gen/flags/v1/analytics_service';

type Cell = string | number | boolean | undefined;

const columns: readonly (readonly [name: string, read: (variant: VariantResults) => Cell])[] = [
  ['variant', (each) => each.variant],
  ['units', (each) => each.units],
  ['units_with_events', (each) => each.unitsWithEvents],
  ['mean', (each) => each.mean],
  ['standard_deviation', (each) => each.standardDeviation],
  ['mean_lower', (each) => each.meanInterval?.lower],
  ['mean_upper', (each) => each.meanInterval?.upper],
  ['method', (each) => each.comparison?.method],
  ['difference', (each) => each.comparison?.difference],
  ['difference_lower', (each) => each.comparison?.differenceInterval?.lower],
  ['difference_upper', (each) => each.comparison?.differenceInterval?.upper],
  ['uplift', (each) => each.comparison?.uplift],
  ['uplift_lower', (each) => each.comparison?.upliftInterval?.lower],
  ['uplift_upper', (each) => each.comparison?.upliftInterval?.upper],
  ['p_value', (each) => each.comparison?.pValue],
  ['adjusted_p_value', (each) => each.comparison?.adjustedPValue],
  ['significant', (each) => each.comparison?.significant],
  ['chance_to_win', (each) => each.comparison?.chanceToWin],
  ['expected_loss', (each) => each.comparison?.expectedLoss],
  ['guardrail', (each) => each.comparison?.guardrail],
  ['variance_reduction', (each) => each.comparison?.varianceReduction],
  ['minimum_detectable_effect', (each) => each.comparison?.minimumDetectableEffect],
  ['not_enough', (each) => each.comparison?.notEnough],
];

/** Lines end in CRLF; numbers in full. */
export function csvOf({ experiment, metrics }: ExperimentResults): string {
  const lines = metrics.flatMap(({ metric, role, direction, variants }) =>
    variants.map((variant) => [
      experiment,
      metric,
      role,
      direction,
      ...columns.map(([, read]) => read(variant)),
    ]),
  );
  const header = ['experiment', 'metric', 'role', 'direction', ...columns.map(([name]) => name)];
  return [header, ...lines].map((line) => `${line.map(cell).join(',')}\r\n`).join('');
}

/** Spreadsheets take texts that begin so for formulas. */
const formula = /^[=+\-@\t\r]/;

function cell(value: Cell): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
