// Gauss-Legendre nodes and weights on [-1, 1] (Newton on Legendre polynomials), computed once per order.

/** Nodes in ascending order, with their weights. */
export interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

const known = new Map<number, Quadrature>();
const knownMax = 64;

/** The rule of an order between 2 and 4096. */
export function gaussLegendre(order: number): Quadrature {
  let rule = known.get(order);
  if (rule === undefined) {
    rule = computeRule(order);
    if (known.size < knownMax) known.set(order, rule);
  }
  return rule;
}

/** The integral of a smooth function over [from, to]. */
export function integrate(f: (x: number) => number, from: number, to: number, order: number): number {
  const { nodes, weights } = gaussLegendre(order);
  const half = (to - from) / 2;
  const middle = (to + from) / 2;
  let sum = 0;
  for (let i = 0; i < order; i++) sum += weights[i]! * f(middle + half * nodes[i]!);
  return sum * half;
}

function computeRule(order: number): Quadrature {
  const nodes = new Float64Array(order);
  const weights = new Float64Array(order);
  for (let i = 0; i < (order + 1) >> 1; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (order + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      const [value, derivative] = legendre(order, x);
      slope = derivative;
      const move = value / derivative;
      x -= move;
      if (Math.abs(move) < 1e-16) break;
    }
    slope = legendre(order, x)[1];
    const weight = 2 / ((1 - x * x) * slope * slope);
    nodes[i] = -x;
    nodes[order - 1 - i] = x;
    weights[i] = weights[order - 1 - i] = weight;
  }
  return { nodes, weights };
}

function legendre(order: number, x: number): [value: number, derivative: number] {
  let previous = 1;
  let value = x;
  for (let k = 2; k <= order; k++) {
    const next = ((2 * k - 1) * x * value - (k - 1) * previous) / k;
    previous = value;
    value = next;
  }
  return [value, (order * (x * value - previous)) / (x * x - 1)];
}
