// The tail of a log-concave density beyond its mode, relative to the density at the tail's end: what remains of an
// incomplete beta or gamma function once its prefactor is known. Costs the same for parameters of 20 and of 10^12.
import { integrate } from './gauss-legendre.ts';

// Beyond e^-42 of its largest value the integrand adds nothing to a double.
const depthMin = 38;
const depthMax = 60;
const nearOrder = 20;
const farOrder = 28;

/**
 * The integral of exp(exponent(h)) over h >= 0. The exponent is concave, 0 at 0 and falls; `slope` and `curvature` are
 * the sizes of its first two derivatives at 0.
 */
export function integrateTail(exponent: (h: number) => number, slope: number, curvature: number): number {
  const end = findEnd(
    exponent,
    (2 * depthMin) / (slope + Math.sqrt(slope * slope + 2 * depthMin * curvature)),
  );
  const density = (h: number): number => Math.exp(exponent(h));
  return integrate(density, 0, end / 4, nearOrder) + integrate(density, end / 4, end, farOrder);
}

/** Where the integrand no longer counts. The guess knows nothing of skewness, so it is widened, then halved towards. */
function findEnd(exponent: (h: number) => number, guess: number): number {
  let low = 0;
  let end = guess;
  for (let i = 0; i < 2000 && exponent(end) > -depthMin; i++) {
    low = end;
    end *= 1.5;
  }
  let high = end;
  for (let i = 0; i < 100 && exponent(end) < -depthMax; i++) {
    high = end;
    end = (low + high) / 2;
    while (end > low && exponent(end) > -depthMin) {
      low = end;
      end = (low + high) / 2;
    }
  }
  return end;
}
