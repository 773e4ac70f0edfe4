// Golden files of statistics: runs a file of any family through the public functions, and compares results with what is expected.
import * as means from './golden/means.ts';
import * as proportions from './golden/proportions.ts';
import * as sequences from './golden/sequences.ts';
import type { GoldenFamily } from './golden/shape.ts';

export { compareCase, type Deviation } from './golden/compare.ts';

/** A file of golden cases. */
export interface GoldenFile {
  readonly family: string;
  readonly rtol: Readonly<Record<string, number>>;
  readonly cases: readonly GoldenCase[];
}

/** One case. Infinity and NaN stand as strings. */
export interface GoldenCase {
  readonly id: string;
  readonly input: unknown;
  readonly expected: unknown;
}

const families: Readonly<Record<string, GoldenFamily>> = {
  asymptotic_cs: sequences.asymptoticCs,
  bayes_beta_binomial: sequences.bayesBetaBinomial,
  bayes_normal: sequences.bayesNormal,
  chisq_independence: proportions.chisqIndependence,
  cmh: proportions.cmh,
  cuped: means.cuped,
  distributions: sequences.distributions,
  ewma_cusum: sequences.ewmaCusum,
  group_sequential: sequences.groupSequential,
  mann_whitney: means.mannWhitney,
  msprt: sequences.msprt,
  multiplicity: sequences.multiplicity,
  noninferiority: proportions.noninferiority,
  online_fdr: sequences.onlineFdr,
  power: proportions.power,
  proportion_interval: proportions.proportionInterval,
  quantile_metric: means.quantileMetric,
  ratio_delta: means.ratioDelta,
  robust_anomaly: sequences.robustAnomaly,
  srm: proportions.srm,
  two_proportion: proportions.twoProportion,
  welch_t: means.welchT,
};

/** The families that can be run. */
export const goldenFamilies: readonly string[] = Object.keys(families);

/** The result of one case in the shape of `expected`; numbers JSON cannot hold stand as strings. An error becomes { error }. */
export function runGoldenCase(family: string, { input }: GoldenCase): unknown {
  const run = families[family];
  if (run === undefined) return { error: `unknown family ${family}` };
  try {
    return encode(run(decode(input) as never));
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

const words: Readonly<Record<string, number>> = { Infinity: Infinity, '-Infinity': -Infinity, NaN: NaN };

function decode(value: unknown): unknown {
  if (typeof value === 'string') return words[value] ?? value;
  return mapped(value, decode);
}

function encode(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return mapped(value, encode);
}

function mapped(value: unknown, f: (inner: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(f);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, f(inner)]));
}
