// What is simulated: splits, metrics, traffic. Looks of 14, 100 and 500 are taken from the same paths of 500 increments.

/** Numbers of looks. */
export const lookCounts = [14, 100, 500] as const;

/** Increments of a path. */
export const increments = 500;

/** Level of all tests. */
export const alpha = 0.05;

/** A metric of one unit. */
export type Metric =
  | { readonly kind: 'conversion'; readonly rate: number }
  /** Every unit spends: lognormal. `bought` is 1. */
  /** Few units spend: `bought` is their share. */
  | { readonly kind: 'revenue'; readonly bought: number; readonly sigma: number };

/** One world. In an A/A world `effect` is 0. */
export interface Scenario {
  readonly name: string;
  readonly metric: Metric;
  /** Treatment's share of the units. */
  readonly share: number;
  readonly units: number;
  /** Absolute change of treatment's rate. */
  readonly effect: number;
  readonly looks: readonly number[];
  /** The relative effect the e-process is tuned to. */
  readonly relativeEffect: number;
}

const splits = [
  ['50/50', 0.5],
  ['1:9', 0.1],
  ['1:99', 0.01],
] as const;

const metrics: readonly (readonly [name: string, metric: Metric, units: number])[] = [
  ['conversion 10 %', { kind: 'conversion', rate: 0.1 }, 1_000_000],
  ['conversion 1 %', { kind: 'conversion', rate: 0.01 }, 1_000_000],
  ['conversion 0.1 %', { kind: 'conversion', rate: 0.001 }, 1_000_000],
  ['skewed revenue', { kind: 'revenue', bought: 1, sigma: 1 }, 50_000],
  ['zero-inflated revenue', { kind: 'revenue', bought: 0.05, sigma: 1 }, 200_000],
];

/** All A/A worlds. */
export const nullScenarios: readonly Scenario[] = metrics.flatMap(([name, metric, units]) =>
  splits.map(([split, share]) => ({
    name: `A/A ${name} ${split}`,
    metric,
    share,
    units,
    effect: 0,
    looks: lookCounts,
    relativeEffect: 0.5,
  })),
);

/** Standard deviations of the final difference at which a fixed two-sided test of 5 % has a power of 90 %. */
export const fixedDrift = 1.959963984540054 + 1.2815515655446004;

const powerUnits = 200_000;
const powerEffect = fixedDrift * Math.sqrt((0.1 * 0.9 * 4) / powerUnits);

/** Worlds with an effect. */
export const powerScenarios: readonly Scenario[] = [
  {
    name: 'effect a fixed test finds with 90 %, conversion 10 % 50/50',
    metric: { kind: 'conversion', rate: 0.1 },
    share: 0.5,
    units: powerUnits,
    effect: powerEffect,
    looks: [14],
    relativeEffect: powerEffect / 0.1,
  },
  // 60 conversions expected in the canary, 30 come.
  {
    name: '50 % drop in a 1 % canary, conversion 1 %',
    metric: { kind: 'conversion', rate: 0.01 },
    share: 0.01,
    units: 600_000,
    effect: -0.005,
    looks: [14, 100, 500],
    relativeEffect: 0.5,
  },
];

/** The increment after which look k of a number of looks is taken. */
export function lookEnds(looks: number): readonly number[] {
  return Array.from({ length: looks }, (_, k) => Math.round(((k + 1) * increments) / looks));
}

/** The rate, or mean, and the deviation of one unit of control. */
export function unitMoments(metric: Metric): { readonly mean: number; readonly sd: number } {
  if (metric.kind === 'conversion') {
    return { mean: metric.rate, sd: Math.sqrt(metric.rate * (1 - metric.rate)) };
  }
  const { bought, sigma } = metric;
  const mean = bought * Math.exp((sigma * sigma) / 2);
  const square = bought * Math.exp(2 * sigma * sigma);
  return { mean, sd: Math.sqrt(square - mean * mean) };
}
