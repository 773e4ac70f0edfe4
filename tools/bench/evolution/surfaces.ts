// The worlds of the benchmark: configurations, and how many of the units convert with each of their values. Rates of 4 to 6 %.
import type { Config, ConfigParameter } from '@org/contract/model';
import { parseDuration } from '@org/evaluator/config';
import type { Genome, Random } from '@org/evolution';

/** A surface: its configuration with a start of this run, and its true rates. */
export interface Surface {
  readonly name: string;
  /** Rates change by themselves: what was better need not stay so. */
  readonly isDrifting: boolean;
  readonly delayDays: number;
  configOf(random: Random): Config;
  rateOf(genome: Genome, day: number): number;
}

const low = 0.04;
const span = 0.02;

const alpha = [1, 1.2, 3, 3.2];
const a = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const p = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];
const hartmannMost = 3.32237;
const hartmannBest = [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573];

/** Hartmann's function of six variables, as a maximum. */
function hartmann6(x: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < 4; i++) {
    let inner = 0;
    for (let j = 0; j < 6; j++) inner += a[i]![j]! * (x[j]! - p[i]![j]!) ** 2;
    sum += alpha[i]! * Math.exp(-inner);
  }
  return sum;
}

const braninLeast = 0.397887;
const braninMost = 308.129;

function branin(x: number, y: number): number {
  const b = 5.1 / (4 * Math.PI ** 2);
  const c = 5 / Math.PI;
  return (y - b * x * x + c * x - 6) ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
}

const names = ['x1', 'x2', 'x3', 'x4', 'x5', 'x6'];

const numbers = (starts: readonly number[], [min, max]: readonly [number, number] = [0, 1]): Config => ({
  schema: Object.fromEntries(
    starts.map((start, index): [string, ConfigParameter] => [
      names[index]!,
      { type: 'number', default: start, min, max, evolve: {} },
    ]),
  ),
});

const point = (genome: Genome): readonly number[] => names.map((name) => genome[name] as number);

/** A start with at most a tenth of what there is to gain. */
function poorStart(random: Random): readonly number[] {
  for (;;) {
    const x = names.map(() => Number(random.uniform().toFixed(3)));
    if (hartmann6(x) <= hartmannMost / 10) return x;
  }
}

const hartmannRate = (genome: Genome): number => low + (span * hartmann6(point(genome))) / hartmannMost;

const still = { isDrifting: false, delayDays: 0 };

const hartmann: Surface = {
  ...{ name: 'hartmann6', ...still },
  configOf: (random) => numbers(poorStart(random)),
  rateOf: hartmannRate,
};

const braninSurface: Surface = {
  ...{ name: 'branin', ...still },
  configOf(random) {
    // Where at least half of the span is to gain.
    for (;;) {
      const [x, y] = [random.uniform(), random.uniform()].map((each) => Number(each.toFixed(3)));
      const config = numbers([x!, y!]);
      if (braninSurface.rateOf({ x1: x!, x2: y! }, 0) <= low + span / 2) return config;
    }
  },
  rateOf(genome) {
    const value = branin(-5 + 15 * (genome['x1'] as number), 15 * (genome['x2'] as number));
    return low + span * (1 - (value - braninLeast) / (braninMost - braninLeast));
  },
};

const flat: Surface = {
  ...{ name: 'flat', ...still },
  configOf: (random) => numbers(poorStart(random)),
  rateOf: () => 0.05,
};

const optimum: Surface = {
  ...{ name: 'optimum', ...still },
  configOf: () => numbers(hartmannBest),
  rateOf: hartmannRate,
};

/** Hartmann's function of three variables, as a maximum of 1. */
function hartmann3(x: readonly number[]): number {
  const weights = [
    [3, 10, 30],
    [0.1, 10, 35],
    [3, 10, 30],
    [0.1, 10, 35],
  ];
  const places = [
    [0.3689, 0.117, 0.2673],
    [0.4699, 0.4387, 0.747],
    [0.1091, 0.8732, 0.5547],
    [0.0381, 0.5743, 0.8828],
  ];
  let sum = 0;
  for (let i = 0; i < 4; i++) {
    let inner = 0;
    for (let j = 0; j < 3; j++) inner += weights[i]![j]! * (x[j]! - places[i]![j]!) ** 2;
    sum += alpha[i]! * Math.exp(-inner);
  }
  return sum / 3.86278;
}

const layouts = ['list', 'grid', 'cards', 'mosaic'];
const rankings = ['newest', 'popular', 'similar'];
/** A layout is as good as the ranking that fills it. */
const pairWorth = [
  [0.3, 0.2, 0],
  [0.1, 0.5, 0.2],
  [0, 0.1, 1],
  [0.2, 0, 0.4],
];

/** Numbers, an enum, a function, weights and a condition; some are good only together. */
const mixed: Surface = {
  ...{ name: 'mixed', ...still },
  configOf: (random) => ({
    schema: {
      discount: {
        type: 'number',
        default: Number((0.45 + 0.05 * random.uniform()).toFixed(3)),
        min: 0,
        max: 0.5,
        evolve: {},
      },
      results: { type: 'integer', default: 5 + random.below(6), min: 5, max: 65, evolve: {} },
      patience: { type: 'duration', default: 'PT1M', min: 'PT1S', max: 'PT10M', evolve: {} },
      layout: { type: 'enum', options: layouts, default: 'list', evolve: {} },
      ranking: { type: 'function', functions: rankings, default: 'newest', evolve: {} },
      signals: {
        ...{ type: 'weights', names: ['price', 'rating', 'distance', 'novelty'] },
        default: { price: 0.7, rating: 0.1, distance: 0.1, novelty: 0.1 },
        evolve: { step: 0.2 },
      },
      premium: {
        type: 'condition',
        default: { op: 'greater', attribute: 'orders', value: 80 },
        evolve: { operations: ['threshold'], thresholds: { orders: { min: 0, max: 100, step: 5 } } },
      },
    },
  }),
  rateOf(genome) {
    const near = (value: number, best: number, width: number): number =>
      Math.exp(-(((value - best) / width) ** 2));
    const weights = genome['signals'] as { readonly [name: string]: number };
    const { value: threshold } = genome['premium'] as unknown as { readonly value: number };
    const place = [
      (genome['discount'] as number) * 2,
      ((genome['results'] as number) - 5) / 60,
      (parseDuration(genome['patience']) - 1000) / 599_000,
    ];
    const pair = pairWorth[layouts.indexOf(genome['layout'] as string)]!;
    const worth =
      0.5 * hartmann3(place) +
      0.25 * pair[rankings.indexOf(genome['ranking'] as string)]! +
      0.15 * near(weights['rating']!, 0.6, 0.25) * near(weights['price']!, 0.1, 0.25) +
      0.1 * near(threshold, 15, 20);
    return low + span * worth;
  },
};

/** The week, and a best place that wanders off. */
const drift: Surface = {
  ...{ name: 'drift', isDrifting: true, delayDays: 0 },
  configOf: (random) => numbers(poorStart(random)),
  rateOf(genome, day) {
    const moved = point(genome).map((x, index) => x - 0.15 * Math.sin((day / 180) * Math.PI + index));
    const week = 1 + 0.1 * Math.sin((2 * Math.PI * day) / 7);
    return week * (low + (span * hartmann6(moved)) / hartmannMost);
  },
};

const delayed: Surface = { ...hartmann, name: 'delayed', delayDays: 1.5 };

export const surfaces: readonly Surface[] = [
  ...[hartmann, braninSurface, flat, optimum],
  ...[mixed, drift, delayed],
];
