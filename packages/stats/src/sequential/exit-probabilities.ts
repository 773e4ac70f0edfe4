// Chances that a Brownian motion leaves its boundaries at each look: recursive integration (Armitage, McPherson, Rowe 1969) on
// Gauss-Legendre panels that are as fine as the steps between looks.
import { gaussLegendre } from '../numerics/gauss-legendre.ts';
import { normalTails } from '../numerics/normal.ts';

const order = 12;
// In standard deviations of one step: how wide a panel is, and how far a step reaches.
const panelWidth = 1.5;
const reach = 8.5;
// Where an open lower end is cut off, in standard deviations of the score.
const openEnd = 10;
const inverseSqrtTwoPi = 0.3989422804014327;

/** The density of the score S = Z sqrt(information) among those still inside, at quadrature points. */
interface Density {
  readonly points: Float64Array;
  readonly masses: Float64Array;
  readonly information: number;
}

/**
 * Walks from look to look. `drift` is the mean of the score per unit of information. With two sides the region between minus the bound
 * and the bound goes on; with one side everything below the bound.
 */
export class BoundaryWalk {
  readonly #drift: number;
  readonly #sides: 1 | 2;
  #density: Density | undefined;

  constructor(drift: number, sides: 1 | 2) {
    this.#drift = drift;
    this.#sides = sides;
  }

  /** The chance to be above a bound (on the z scale) at the next look, still inside at all looks before. */
  upperExit(information: number, bound: number): number {
    return this.#exit(information, (mean, deviation) => {
      const z = (bound * Math.sqrt(information) - mean) / deviation;
      return normalTails(z).upper;
    });
  }

  /** The chance to be below minus the bound at the next look. */
  lowerExit(information: number, bound: number): number {
    return this.#exit(information, (mean, deviation) => {
      const z = (-bound * Math.sqrt(information) - mean) / deviation;
      return normalTails(z).lower;
    });
  }

  /** Moves on to the next look with its bound. */
  step(information: number, bound: number): void {
    const past = this.#density;
    const from = past?.information ?? 0;
    const deviation = Math.sqrt(information - from);
    const high = bound * Math.sqrt(information);
    const low =
      this.#sides === 2
        ? -high
        : Math.min(high, this.#drift * information) - openEnd * Math.sqrt(information);
    // Points where the density is nothing cost time only.
    const middle = this.#drift * information;
    const farMost = openEnd * Math.sqrt(information);
    const { points, weights } = panels(
      Math.max(low, middle - farMost),
      Math.min(high, middle + farMost),
      deviation,
    );
    const masses = new Float64Array(points.length);
    const shift = this.#drift * (information - from);
    for (let i = 0; i < points.length; i++) {
      masses[i] = weights[i]! * density(past, points[i]! - shift, deviation);
    }
    this.#density = { points, masses, information };
  }

  #exit(information: number, tail: (mean: number, deviation: number) => number): number {
    const past = this.#density;
    const from = past?.information ?? 0;
    const deviation = Math.sqrt(information - from);
    const shift = this.#drift * (information - from);
    if (past === undefined) return tail(shift, deviation);
    let sum = 0;
    for (let i = 0; i < past.points.length; i++)
      sum += past.masses[i]! * tail(past.points[i]! + shift, deviation);
    return sum;
  }
}

/** The density at x of the past score plus a normal step. */
function density(past: Density | undefined, x: number, deviation: number): number {
  if (past === undefined) return (inverseSqrtTwoPi / deviation) * Math.exp(-0.5 * (x / deviation) ** 2);
  const { points, masses } = past;
  const [start, end] = [lowerIndex(points, x - reach * deviation), lowerIndex(points, x + reach * deviation)];
  const scale = 1 / deviation;
  let sum = 0;
  for (let i = start; i < end; i++) {
    const z = (x - points[i]!) * scale;
    sum += masses[i]! * Math.exp(-0.5 * z * z);
  }
  return sum * inverseSqrtTwoPi * scale;
}

/** Index of the first point at or above x. */
function lowerIndex(points: Float64Array, x: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

function panels(
  low: number,
  high: number,
  deviation: number,
): { readonly points: Float64Array; readonly weights: Float64Array } {
  const count = Math.max(1, Math.ceil((high - low) / (panelWidth * deviation)));
  const rule = gaussLegendre(order);
  const points = new Float64Array(count * order);
  const weights = new Float64Array(count * order);
  const half = Math.max(0, high - low) / count / 2;
  for (let panel = 0; panel < count; panel++) {
    const middle = low + (2 * panel + 1) * half;
    for (let i = 0; i < order; i++) {
      points[panel * order + i] = middle + half * rule.nodes[i]!;
      weights[panel * order + i] = half * rule.weights[i]!;
    }
  }
  return { points, weights };
}
