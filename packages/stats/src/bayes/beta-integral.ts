// Integrals over products of beta densities and distribution functions, on the logit scale, in logarithms: found where the
// integrand lives, however far that is from every arm's own bulk.
import { integrateAdaptively } from '../numerics/gauss-kronrod.ts';
import { betaTails, logBetaLogitDensity } from '../numerics/incomplete-beta.ts';
import { log1mExp, logSumExp } from '../numerics/series.ts';
import type { Tails } from '../numerics/tails.ts';

/** Parameters of a beta distribution. */
export interface BetaArm {
  readonly alpha: number;
  readonly beta: number;
}

// The integrand is cut off where it has fallen by e^-45.
const depth = 45;
const panels = 8;
const tolerance = 1e-12;
const scanned = 24;
const sectionsMax = 100;
// In an arm's standard deviations: where its functions bend.
const bends = [-6, -2, 2, 6];

/**
 * log of the integral over all chances x of: 'best' – density of `arm` times the chance that all others are below x; 'loss' – the
 * chance that `arm` is below x and some other above.
 */
export function logIntegral(arm: BetaArm, others: readonly BetaArm[], kind: 'best' | 'loss'): number {
  const all = [arm, ...others];
  const integrand = kind === 'best' ? bestIntegrand(arm, others) : lossIntegrand(arm, others);
  const { at, reach } = findMode(integrand, all);
  const peak = integrand(at);
  if (peak === -Infinity) return -Infinity;
  const low = findEnd(integrand, at, peak, -reach);
  const high = findEnd(integrand, at, peak, reach);
  const relative = (u: number): number => Math.exp(integrand(u) - peak);
  return peak + Math.log(integrateAdaptively(relative, cutPoints(low, high, all), tolerance));
}

function bestIntegrand(arm: BetaArm, others: readonly BetaArm[]): (u: number) => number {
  return (u) => {
    const [x, y] = bothSides(u);
    let log = logBetaLogitDensity(x, arm.alpha, arm.beta, y);
    for (const other of others) if (!isFarBelow(other, u)) log += tailsAt(other, x, y).logLower;
    return log;
  };
}

function lossIntegrand(arm: BetaArm, others: readonly BetaArm[]): (u: number) => number {
  return (u) => {
    const [x, y] = bothSides(u);
    return (
      tailsAt(arm, x, y).logLower +
      logAnyAbove(others.map((o) => tailsAt(o, x, y))) +
      Math.log(x) +
      Math.log(y)
    );
  };
}

/** log of the chance that not all are below. */
function logAnyAbove(tails: readonly Tails[]): number {
  if (tails.length === 1) return tails[0]!.logUpper;
  const logAllBelow = tails.reduce((sum, { logLower }) => sum + logLower, 0);
  return logAllBelow > -1e-15 ? logSumExp(tails.map(({ logUpper }) => logUpper)) : log1mExp(logAllBelow);
}

/** Both x and 1 - x of a logit. */
function bothSides(u: number): [x: number, y: number] {
  const small = Math.exp(-Math.abs(u));
  const [less, more] = [small / (1 + small), 1 / (1 + small)];
  return u >= 0 ? [more, less] : [less, more];
}

function tailsAt({ alpha, beta }: BetaArm, x: number, y: number): Tails {
  return betaTails(x, alpha, beta, y);
}

const centreOf = ({ alpha, beta }: BetaArm): number => Math.log(alpha / beta);
const spreadOf = ({ alpha, beta }: BetaArm): number => Math.sqrt(1 / alpha + 1 / beta);

/** Whether an arm's distribution function is 1 to every digit. */
function isFarBelow(arm: BetaArm, u: number): boolean {
  return Math.min(arm.alpha, arm.beta) > 50 && u > centreOf(arm) + 12 * spreadOf(arm);
}

/** Where the integrand is largest, and how far it is about flat around there. */
interface Mode {
  readonly at: number;
  readonly reach: number;
}

/** The integrands are log-concave, or nearly so: a scan, then golden sections until nothing but the top is left. */
function findMode(integrand: (u: number) => number, arms: readonly BetaArm[]): Mode {
  const low = Math.min(...arms.map((arm) => centreOf(arm) - 3 * spreadOf(arm)));
  const high = Math.max(...arms.map((arm) => centreOf(arm) + 3 * spreadOf(arm)));
  const step = (high - low) / scanned;
  let best = 0;
  let bestValue = -Infinity;
  for (let i = 0; i <= scanned; i++) {
    const value = integrand(low + i * step);
    if (value > bestValue) [best, bestValue] = [i, value];
  }
  let [left, right] = [low + (best - 1) * step, low + (best + 1) * step];
  for (let i = 0; i < sectionsMax; i++) {
    const a = left + 0.382 * (right - left);
    const b = left + 0.618 * (right - left);
    const [fa, fb] = [integrand(a), integrand(b)];
    if (fa > fb) right = b;
    else left = a;
    const isTop = Math.max(fa, fb) - Math.min(integrand(left), integrand(right)) < 0.5;
    if (isTop) break;
  }
  return { at: (left + right) / 2, reach: right - left };
}

function findEnd(integrand: (u: number) => number, mode: number, peak: number, unit: number): number {
  let near = 0;
  let far = unit;
  while (integrand(mode + far) > peak - depth && Math.abs(far) < 1e5) {
    near = far;
    far *= 2;
  }
  for (let i = 0; i < 5; i++) {
    const middle = (near + far) / 2;
    if (integrand(mode + middle) > peak - depth) near = middle;
    else far = middle;
  }
  return mode + far;
}

/** First panels: equal ones, and ends where the arms bend; they are halved from there. */
function cutPoints(low: number, high: number, arms: readonly BetaArm[]): readonly number[] {
  const inner = Array.from({ length: panels - 1 }, (_, i) => low + ((i + 1) / panels) * (high - low));
  const bent = arms.flatMap((arm) => bends.map((k) => centreOf(arm) + k * spreadOf(arm)));
  const closest = 0.5 * Math.min(...arms.map(spreadOf), (high - low) / panels);
  const cuts = [low];
  for (const u of [...inner, ...bent].sort((a, b) => a - b)) {
    if (u - cuts.at(-1)! >= closest && high - u >= closest) cuts.push(u);
  }
  return [...cuts, high];
}
