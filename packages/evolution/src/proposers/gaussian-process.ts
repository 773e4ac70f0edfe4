// A Gaussian process: Matérn 5/2 over mixed points, known noise for every observation, constant mean by generalised least squares,
// scales by maximum likelihood over a grid. Own Cholesky: it grows by a row, which saves most of the work. Pure.
import { squaredDistances, type Point } from './encode.ts';

/** What the model learns from. */
export interface Sample {
  readonly point: Point;
  readonly effect: number;
  readonly variance: number;
}

export interface Prediction {
  readonly mean: number;
  readonly variance: number;
}

/** Length of the numbers' space, that of a category, and the signal's deviation. */
interface Scales {
  readonly length: number;
  readonly categoryLength: number;
  readonly deviation: number;
}

/** A point whose prediction grows with the samples, at the cost of one row each. */
export interface Tracked extends Prediction {
  readonly point: Point;
}

export interface GaussianProcess {
  readonly size: number;
  predict(point: Point): Prediction;
  /** Predictions of many points, kept up to date by `add`. */
  track(points: readonly Point[]): readonly Tracked[];
  /** Learns one more sample; scales stay. */
  add(sample: Sample): void;
}

const lengths = [0.2, 0.4, 0.8, 1.6];
const deviations = [0.05, 0.12, 0.3];
const categoryLengths = [0.8, 1.6];
/** Of the signal's variance: keeps the matrix regular where points coincide. */
const jitter = 1e-6;

/** Fits the scales and the process to samples, of which there must be one at least. */
export function fitGaussianProcess(samples: readonly Sample[]): GaussianProcess {
  const distances = pairwise(samples.map(({ point }) => point));
  const hasCategories = samples[0]!.point.categories.length > 0;
  const spread = Math.sqrt(Math.max(1, samples[0]!.point.numbers.length) / 3);
  const [middle, usual] = [lengths[2]! * spread, deviations[1]!];
  // One scale after the other: all together are twice the work for the same result.
  const best = [
    ...deviations.map((deviation) => ({ deviation })),
    ...lengths.map((length) => ({ length: length * spread })),
    ...(hasCategories ? categoryLengths.map((categoryLength) => ({ categoryLength })) : []),
  ].reduce<{ readonly scales: Scales; readonly likelihood: number }>(
    (found, change) => {
      const scales = { ...found.scales, ...change };
      const isKnown = JSON.stringify(scales) === JSON.stringify(found.scales);
      if (isKnown && found.likelihood > -Infinity) return found;
      const likelihood = likelihoodOf(samples, distances, scales);
      return likelihood > found.likelihood ? { scales, likelihood } : found;
    },
    { scales: { length: middle, categoryLength: 1, deviation: usual }, likelihood: -Infinity },
  );
  return createProcess(samples, best.scales);
}

interface Distances {
  readonly numbers: Float64Array;
  readonly categories: Float64Array;
}

function pairwise(points: readonly Point[]): Distances {
  const n = points.length;
  const [numbers, categories] = [new Float64Array(n * n), new Float64Array(n * n)];
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const between = squaredDistances(points[i]!, points[j]!);
      numbers[i * n + j] = between.numbers;
      categories[i * n + j] = between.categories;
    }
  return { numbers, categories };
}

const root5 = Math.sqrt(5);

function kernel(numbers: number, categories: number, { length, categoryLength, deviation }: Scales): number {
  const r = Math.sqrt(numbers / (length * length) + categories / (categoryLength * categoryLength));
  const s = root5 * r;
  return deviation * deviation * (1 + s + (s * s) / 3) * Math.exp(-s);
}

/** log of the restricted likelihood, without its constant. */
function likelihoodOf(samples: readonly Sample[], distances: Distances, scales: Scales): number {
  const n = samples.length;
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const at = i * n + j;
      lower[at] = kernel(distances.numbers[at]!, distances.categories[at]!, scales);
    }
    lower[i * n + i]! += samples[i]!.variance + jitter * scales.deviation ** 2;
  }
  if (!decompose(lower, n)) return -Infinity;
  const ones = forward(lower, n, () => 1);
  const values = forward(lower, n, (i) => samples[i]!.effect);
  const precision = dot(ones, ones, n);
  const mean = dot(ones, values, n) / precision;
  let squares = 0;
  let logs = 0;
  for (let i = 0; i < n; i++) {
    squares += (values[i]! - mean * ones[i]!) ** 2;
    logs += Math.log(lower[i * n + i]!);
  }
  return -0.5 * squares - logs - 0.5 * Math.log(precision);
}

/** Cholesky in place, lower triangle; false where the matrix is not positive definite. */
function decompose(a: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j <= i; j++) {
      const other = j * n;
      let sum = a[row + j]!;
      for (let k = 0; k < j; k++) sum -= a[row + k]! * a[other + k]!;
      if (i !== j) a[row + j] = sum / a[other + j]!;
      else if (sum > 0) a[row + j] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

function forward(lower: Float64Array, n: number, right: (index: number) => number): Float64Array {
  const solved = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = right(i);
    for (let k = 0; k < i; k++) sum -= lower[i * n + k]! * solved[k]!;
    solved[i] = sum / lower[i * n + i]!;
  }
  return solved;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[i]! * b[i]!;
  return sum;
}

function createProcess(samples: readonly Sample[], scales: Scales): GaussianProcess {
  const points: Point[] = [];
  /** Rows of the lower triangle, and what is solved against it: the effects, and ones. */
  const rows: Float64Array[] = [];
  const values: number[] = [];
  const ones: number[] = [];
  const tracked: Growing[] = [];
  const signal = scales.deviation ** 2;
  const between = (a: Point, b: Point): number => {
    const { numbers, categories } = squaredDistances(a, b);
    return kernel(numbers, categories, scales);
  };
  let mean = 0;
  const learn = ({ point, effect, variance }: Sample): void => {
    const n = rows.length;
    const row = new Float64Array(n + 1);
    solveRow(rows, points, (other) => between(point, other), row);
    row[n] = Math.sqrt(Math.max(signal * (1 + jitter) + variance - dot(row, row, n), signal * jitter));
    values.push((effect - dot(row, values, n)) / row[n]);
    ones.push((1 - dot(row, ones, n)) / row[n]);
    points.push(point);
    rows.push(row);
    mean = dot(ones, values, n + 1) / dot(ones, ones, n + 1);
  };
  for (const sample of samples) learn(sample);
  const grow = (each: Growing): void => {
    for (let i = each.solved.length; i < rows.length; i++) {
      const row = rows[i]!;
      each.solved.push((between(each.point, points[i]!) - dot(row, each.solved, i)) / row[i]!);
    }
    const { solved } = each;
    const n = solved.length;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += solved[i]! * (values[i]! - mean * ones[i]!);
    each.mean = mean + sum;
    each.variance = Math.max(signal - dot(solved, solved, n), 0);
  };
  return {
    get size() {
      return rows.length;
    },
    predict(point) {
      const each: Growing = { point, solved: [], mean: 0, variance: 0 };
      grow(each);
      return each;
    },
    track(asked) {
      const added = asked.map((point): Growing => ({ point, solved: [], mean: 0, variance: 0 }));
      added.forEach(grow);
      tracked.push(...added);
      return added;
    },
    add(sample) {
      learn(sample);
      tracked.forEach(grow);
    },
  };
}

interface Growing {
  readonly point: Point;
  readonly solved: number[];
  mean: number;
  variance: number;
}

function solveRow(
  rows: readonly Float64Array[],
  points: readonly Point[],
  covariance: (other: Point) => number,
  into: Float64Array,
): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    into[i] = (covariance(points[i]!) - dot(row, into, i)) / row[i]!;
  }
}

/** How much better than `best` a value is to be expected: expected improvement. */
export function expectedImprovement({ mean, variance }: Prediction, best: number): number {
  const deviation = Math.sqrt(variance);
  if (deviation < 1e-9) return Math.max(0, mean - best);
  const z = (mean - best) / deviation;
  return deviation * (z * normalCdf(z) + Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI));
}

/** Good to 1e-7 (Abramowitz and Stegun 26.2.17), which ranking candidates needs; tests of hypotheses use @org/stats. */
function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? 1 - tail : tail;
}
