// The deviance term of Loader's saddle-point form (2000), from which beta, gamma and binomial densities are made.
import { log1pMinus } from './series.ts';

/** x log(x / mean) + mean - x, for x > 0 and mean > 0; `excess` is mean - x, known to more digits than the two numbers. */
export function deviance(x: number, mean: number, excess: number): number {
  const ratio = excess / x;
  return Math.abs(ratio) < 0.7 ? -x * log1pMinus(ratio) : x * Math.log(x / mean) + excess;
}
