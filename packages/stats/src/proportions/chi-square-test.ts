// Pearson's chi-square test and the G-test of independence in a table of counts.
import { demand, demandCount } from '../errors.ts';
import { deviance } from '../numerics/deviance.ts';
import { chiSquareTails } from '../numerics/distributions.ts';
import { exactDeterminant } from '../numerics/exact.ts';
import { plainZero } from '../numerics/series.ts';

/** A chi-square statistic with its p-value. */
export interface ChiSquareStatistic {
  readonly statistic: number;
  readonly p: number;
  readonly logP: number;
}

/** Both tests of one table. */
export interface IndependenceTest {
  /** Rows or columns without any count were left out. */
  readonly droppedEmpty: boolean;
  readonly df: number;
  readonly pearson: ChiSquareStatistic;
  readonly likelihoodRatio: ChiSquareStatistic;
  /** Cramér's V: the strength of the association, from 0 to 1. */
  readonly cramersV: number;
  /** The smallest expected count; below 5 the p-values are rough. */
  readonly expectedMin: number;
}

/** No test can be made: fewer than two rows or columns hold any count. */
export interface NoIndependenceTest {
  readonly droppedEmpty: boolean;
  readonly df: 0;
}

/**
 * Pearson's chi-square (Pearson 1900) without continuity correction, and the likelihood-ratio G-test (Wilks 1938). Assumes
 * independent units and expected counts of about 5 or more. df is 0 when fewer than two rows or columns hold any count.
 * @throws StatsError when the table is ragged or holds anything but counts.
 */
export function independenceTest(
  table: readonly (readonly number[])[],
): IndependenceTest | NoIndependenceTest {
  demandTable(table);
  const rows = table.map((row) => row.reduce((a, b) => a + b, 0));
  const columns = table[0]!.map((_, j) => table.reduce((a, row) => a + row[j]!, 0));
  const keptRows = indicesOfPositive(rows);
  const keptColumns = indicesOfPositive(columns);
  const droppedEmpty = keptRows.length < rows.length || keptColumns.length < columns.length;
  const df = (keptRows.length - 1) * (keptColumns.length - 1);
  if (!(df > 0)) return { droppedEmpty, df: 0 };
  const total = rows.reduce((a, b) => a + b, 0);
  let pearson = 0;
  let likelihoodRatio = 0;
  let expectedMin = Infinity;
  for (const i of keptRows) {
    for (const j of keptColumns) {
      const observed = table[i]![j]!;
      const expected = (rows[i]! / total) * columns[j]!;
      const excess = -exactDeterminant(observed, total, rows[i]!, columns[j]!) / total;
      pearson += (excess / expected) * excess;
      likelihoodRatio += 2 * (observed === 0 ? expected : deviance(observed, expected, excess));
      expectedMin = Math.min(expectedMin, expected);
    }
  }
  const smaller = Math.min(keptRows.length, keptColumns.length) - 1;
  return {
    droppedEmpty,
    df,
    pearson: chiSquareStatistic(pearson, df),
    likelihoodRatio: chiSquareStatistic(likelihoodRatio, df),
    cramersV: Math.sqrt(pearson / total / smaller),
    expectedMin,
  };
}

/** A chi-square statistic's upper tail. */
export function chiSquareStatistic(statistic: number, df: number): ChiSquareStatistic {
  const { upper, logUpper } = chiSquareTails(statistic, df);
  return { statistic: plainZero(statistic), p: upper, logP: plainZero(logUpper) };
}

function indicesOfPositive(sums: readonly number[]): readonly number[] {
  return sums.flatMap((sum, index) => (sum > 0 ? [index] : []));
}

function demandTable(table: readonly (readonly number[])[]): void {
  demand(table.length > 0 && table[0]!.length > 0, 'table', 'must have a row and a column');
  table.forEach((row, i) => {
    demand(row.length === table[0]!.length, `table[${i}]`, 'must be as long as the first row');
    row.forEach((count, j) => demandCount(count, `table[${i}][${j}]`));
  });
}
