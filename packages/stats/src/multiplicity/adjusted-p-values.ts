// Many tests at once: adjusted p-values, in the order of the p-values given.
import { demand, demandProbability } from '../errors.ts';

/** The corrections. The first five and the Šidák forms bound the chance of any false finding, `bh` and `by` the share of false ones. */
export type Correction =
  | 'bonferroni'
  | 'holm'
  | 'hochberg'
  | 'hommel'
  | 'sidak'
  | 'holm-sidak'
  | 'benjamini-hochberg'
  | 'benjamini-yekutieli';

/**
 * Adjusted p-values: reject where they are at most alpha. Bonferroni and Holm (1979) need no assumption; Hochberg (1988), Hommel (1988) and
 * Benjamini-Hochberg (1995) need independence or positive dependence; Benjamini-Yekutieli (2001) none; Šidák (1967) independence.
 * @throws StatsError when a p-value is no probability.
 */
export function adjustPValues(pValues: readonly number[], correction: Correction): readonly number[] {
  pValues.forEach((p, i) => demandProbability(p, `p[${i}]`));
  const m = pValues.length;
  if (m === 0) return [];
  switch (correction) {
    case 'bonferroni':
      return pValues.map((p) => Math.min(1, m * p));
    case 'sidak':
      return pValues.map((p) => sidak(p, m));
    case 'holm':
      return stepDown(pValues, (p, rank) => (m - rank) * p);
    case 'holm-sidak':
      return stepDown(pValues, (p, rank) => sidak(p, m - rank));
    case 'hochberg':
      return stepUp(pValues, (p, rank) => (m - rank) * p);
    case 'benjamini-hochberg':
      return stepUp(pValues, (p, rank) => (m / (rank + 1)) * p);
    case 'benjamini-yekutieli':
      return stepUp(pValues, (p, rank) => ((harmonic(m) * m) / (rank + 1)) * p);
    case 'hommel':
      return hommel(pValues);
  }
}

/**
 * Which tests are significant at alpha after a correction.
 * @throws StatsError when alpha or a p-value is no probability.
 */
export function significantAfter(
  pValues: readonly number[],
  correction: Correction,
  alpha: number,
): readonly boolean[] {
  demand(alpha >= 0 && alpha <= 1, 'alpha', 'must lie between 0 and 1');
  return adjustPValues(pValues, correction).map((p) => p <= alpha);
}

/** 1 - (1 - p)^m. */
function sidak(p: number, m: number): number {
  return p === 1 ? 1 : -Math.expm1(m * Math.log1p(-p));
}

function harmonic(m: number): number {
  let sum = 0;
  for (let k = m; k >= 1; k--) sum += 1 / k;
  return sum;
}

/** Indices by ascending p-value. */
function ascending(pValues: readonly number[]): readonly number[] {
  return pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
}

type Factor = (p: number, rank: number) => number;

/** From the smallest p-value: no adjusted one below an earlier one. */
function stepDown(pValues: readonly number[], adjust: Factor): readonly number[] {
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  ascending(pValues).forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, adjust(pValues[index]!, rank)));
    adjusted[index] = largest;
  });
  return adjusted;
}

/** From the largest p-value: no adjusted one above an earlier one. */
function stepUp(pValues: readonly number[], adjust: Factor): readonly number[] {
  const adjusted = new Array<number>(pValues.length);
  const order = ascending(pValues);
  let smallest = 1;
  for (let rank = order.length - 1; rank >= 0; rank--) {
    const index = order[rank]!;
    smallest = Math.min(smallest, adjust(pValues[index]!, rank));
    adjusted[index] = smallest;
  }
  return adjusted;
}

/** Hommel's closed testing of Simes' test, by the algorithm of Wright (1992). */
function hommel(pValues: readonly number[]): readonly number[] {
  const order = ascending(pValues);
  const p = order.map((index) => pValues[index]!);
  const n = p.length;
  const overall = Math.min(...p.map((value, i) => (n * value) / (i + 1)));
  const q = new Array<number>(n).fill(overall);
  const adjusted = new Array<number>(n).fill(overall);
  for (let m = n - 1; m >= 2; m--) {
    const first = n - m + 1;
    let least = Infinity;
    for (let k = first; k < n; k++) least = Math.min(least, (m * p[k]!) / (2 + k - first));
    for (let i = 0; i < first; i++) q[i] = Math.min(m * p[i]!, least);
    for (let i = first; i < n; i++) q[i] = q[n - m]!;
    for (let i = 0; i < n; i++) adjusted[i] = Math.max(adjusted[i]!, q[i]!);
  }
  const result = new Array<number>(n);
  order.forEach((index, i) => (result[index] = Math.min(1, Math.max(adjusted[i]!, p[i]!))));
  return result;
}
