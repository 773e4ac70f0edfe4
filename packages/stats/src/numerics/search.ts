// Finding where a monotone question turns true, and where a monotone function is 0.

/** The first whole number in [low, high) for which the monotone predicate holds, or high. */
export function firstHolding(low: number, high: number, holds: (k: number) => boolean): number {
  let left = low;
  let right = high;
  while (left < right) {
    const middle = left + Math.floor((right - left) / 2);
    if (holds(middle)) right = middle;
    else left = middle + 1;
  }
  return left;
}

/** The zero of a continuous function that changes its sign on [low, high]: Brent's method (1973). */
export function findZero(f: (x: number) => number, low: number, high: number, tolerance = 1e-15): number {
  let [a, b] = [low, high];
  let [fa, fb] = [f(a), f(b)];
  let [c, fc] = [a, fa];
  let step = b - a;
  let last = step;
  for (let i = 0; i < 300 && fb !== 0; i++) {
    if (Math.sign(fb) === Math.sign(fc)) [c, fc, step, last] = [a, fa, b - a, b - a];
    if (Math.abs(fc) < Math.abs(fb)) [a, b, c, fa, fb, fc] = [b, c, b, fb, fc, fb];
    const limit = 2 * Number.EPSILON * Math.abs(b) + (tolerance * Math.abs(b)) / 2;
    const half = (c - b) / 2;
    if (Math.abs(half) <= limit) break;
    const wanted = interpolate({ a, b, c, fa, fb, fc });
    if (Math.abs(wanted) < Math.min(Math.abs(1.5 * half) - limit, Math.abs(last / 2)) && wanted * half > 0) {
      [last, step] = [step, wanted];
    } else [last, step] = [half, half];
    [a, fa] = [b, fb];
    b += Math.abs(step) > limit ? step : Math.sign(half) * limit;
    fb = f(b);
  }
  return b;
}

interface Points {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly fa: number;
  readonly fb: number;
  readonly fc: number;
}

/** The step from b by inverse quadratic interpolation, or by the secant where only two points differ. */
function interpolate({ a, b, c, fa, fb, fc }: Points): number {
  if (a === c || fa === fc) return (-(b - a) * fb) / (fb - fa);
  const r = fb / fc;
  const s = fb / fa;
  const t = fa / fc;
  const p = s * (t * (r - t) * (c - b) - (1 - r) * (b - a));
  const q = (t - 1) * (r - 1) * (s - 1);
  return p / q;
}
