// The distributions themselves, for reports and other packages: tails with their logarithms, and quantiles from either tail.
export { normalTails, normalQuantile, normalUpperQuantileOfLog } from './numerics/normal.ts';
export {
  binomialTails,
  chiSquareTails,
  fTails,
  studentTTails,
  studentTTwoSided,
} from './numerics/distributions.ts';
export { betaTails } from './numerics/incomplete-beta.ts';
export { gammaTails } from './numerics/incomplete-gamma.ts';
export { betaQuantile, binomialQuantile, chiSquareQuantile, studentTQuantile } from './numerics/quantile.ts';
export type { Tails, TailSide } from './numerics/tails.ts';
