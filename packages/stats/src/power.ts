// Before the start: how many units, what power, which effect can be seen.
import { demand, demandFinite, demandInside, demandPositive } from './errors.ts';
import { noncentralTTails } from './numerics/noncentral-t.ts';
import { normalQuantile, normalTails } from './numerics/normal.ts';
import { studentTQuantile } from './numerics/quantile.ts';
import { findZero } from './numerics/search.ts';

/** One- or two-sided. */
export type Sides = 1 | 2;

/** Error rates of a planned test. */
export interface ErrorRates {
  readonly alpha: number;
  readonly power: number;
  readonly sides: Sides;
}

/** A number of units, as the formula gives it and as a whole number. */
export interface SampleSize {
  readonly perArm: number;
  readonly perArmCeiling: number;
}

/**
 * Units per arm for the two-proportion test (Fleiss; R's power.prop.test): the normal approximation with the null's pooled variance.
 * @throws StatsError when a rate is not inside (0, 1) or both are equal.
 */
export function proportionSampleSize(p1: number, p2: number, rates: ErrorRates): SampleSize {
  demandTwoRates(p1, p2);
  const [zAlpha, zPower] = criticalOf(rates);
  const root = zAlpha * nullDeviation(p1, p2) + zPower * Math.sqrt(p1 * (1 - p1) + p2 * (1 - p2));
  return sampleSize((root / (p2 - p1)) ** 2);
}

/**
 * The power of the two-proportion test with n units per arm (R's power.prop.test, the nearer side only). Also the achieved power, given
 * rates that matter, never the observed ones.
 * @throws StatsError when an argument is out of its domain.
 */
export function proportionPower(n: number, p1: number, p2: number, alpha: number, sides: Sides): number {
  demandPositive(n, 'n');
  demandTwoRates(p1, p2);
  demandAlpha(alpha, sides);
  const excess =
    Math.sqrt(n) * Math.abs(p1 - p2) - normalQuantile(alpha / sides, 'upper') * nullDeviation(p1, p2);
  return normalTails(excess / Math.sqrt(p1 * (1 - p1) + p2 * (1 - p2))).lower;
}

/** The smallest effect that a test finds with its power. */
export interface DetectableEffect {
  readonly p2: number;
  readonly absolute: number;
  readonly relative: number;
}

/**
 * The minimum detectable increase over a rate with n units per arm. Null when even a rate of 1 would be missed.
 * @throws StatsError when an argument is out of its domain.
 */
export function minimumDetectableEffect(n: number, p1: number, rates: ErrorRates): DetectableEffect | null {
  demandPositive(n, 'n');
  demandInside(p1, 'p1');
  const [zAlpha, zPower] = criticalOf(rates);
  // In the effect itself, so that small effects keep their digits.
  const shortage = (effect: number): number => {
    const p2 = p1 + effect;
    const rest = Math.max(0, 1 - p1 - effect);
    const needed = zAlpha * nullDeviation(p1, p2) + zPower * Math.sqrt(p1 * (1 - p1) + p2 * rest);
    return Math.sqrt(n) * effect - needed;
  };
  const largest = 1 - p1;
  if (!(shortage(largest) > 0)) return null;
  let low = Math.min(largest, Math.sqrt((p1 * (1 - p1)) / n));
  while (shortage(low) >= 0) low /= 2;
  const absolute = findZero(shortage, low, largest);
  return { p2: p1 + absolute, absolute, relative: absolute / p1 };
}

/** What the power of a t-test depends on. */
export interface TPowerInput {
  readonly n: number;
  readonly delta: number;
  readonly sd: number;
  readonly alpha: number;
  readonly sides: Sides;
  /** Count rejections on the wrong side, too (two-sided only). */
  readonly strict?: boolean;
}

/**
 * The power of the two-sample t-test with n units per arm by the noncentral t distribution (R's power.t.test).
 * @throws StatsError when an argument is out of its domain.
 */
export function tPower({ n, delta, sd, alpha, sides, strict = false }: TPowerInput): number {
  demand(Number.isFinite(n) && n > 1, 'n', 'must be above 1');
  demandFinite(delta, 'delta');
  demandPositive(sd, 'sd');
  demandAlpha(alpha, sides);
  const df = 2 * (n - 1);
  const critical = studentTQuantile(alpha / sides, df, 'upper');
  const shift = (Math.sqrt(n / 2) * Math.abs(delta)) / sd;
  const right = noncentralTTails(critical, df, shift).upper;
  const wrong = strict && sides === 2 ? noncentralTTails(-critical, df, shift).lower : 0;
  return Math.min(1, right + wrong);
}

/**
 * Units per arm for the two-sample t-test (R's power.t.test), at least 2.
 * @throws StatsError when an argument is out of its domain.
 */
export function tSampleSize(
  delta: number,
  sd: number,
  rates: ErrorRates,
  strict = false,
): SampleSize & { readonly normalPerArm: number } {
  demandFinite(delta, 'delta');
  demand(delta !== 0, 'delta', 'must not be 0');
  demandPositive(sd, 'sd');
  const [zAlpha, zPower] = criticalOf(rates);
  const normalPerArm = 2 * (((zAlpha + zPower) * sd) / delta) ** 2;
  demandFinite(normalPerArm, 'delta');
  const surplus = (n: number): number =>
    tPower({ n, delta, sd, alpha: rates.alpha, sides: rates.sides, strict }) - rates.power;
  const low = 2;
  if (surplus(low) >= 0) return { ...sampleSize(low), normalPerArm };
  // The t-test needs more than the z-test, by about z^2 / 4.
  let high = Math.max(4, normalPerArm + zAlpha * zAlpha + 4);
  while (surplus(high) < 0) high *= 2;
  return { ...sampleSize(findZero(surplus, low, high, 1e-13)), normalPerArm };
}

/** Variances and allocation of a comparison of means. */
export interface UnequalInput {
  readonly varianceControl: number;
  readonly varianceTreatment: number;
  /** Units of treatment per unit of control. */
  readonly ratio: number;
  readonly delta: number;
}

/**
 * Units for a z-test of means with unequal variances and allocation.
 * @throws StatsError when an argument is out of its domain.
 */
export function unequalSampleSize(
  { varianceControl, varianceTreatment, ratio, delta }: UnequalInput,
  rates: ErrorRates,
): { readonly control: number; readonly treatment: number; readonly total: number } {
  demandPositive(varianceControl, 'varianceControl');
  demandPositive(varianceTreatment, 'varianceTreatment');
  demandPositive(ratio, 'ratio');
  demandFinite(delta, 'delta');
  demand(delta !== 0, 'delta', 'must not be 0');
  const [zAlpha, zPower] = criticalOf(rates);
  const control = ((zAlpha + zPower) / delta) ** 2 * (varianceControl + varianceTreatment / ratio);
  return { control, treatment: control * ratio, total: control * (1 + ratio) };
}

/**
 * Units per arm to show that a rate does not fall by a margin, when it truly stays.
 * @throws StatsError when an argument is out of its domain.
 */
export function nonInferioritySampleSize(
  p: number,
  marginAbsolute: number,
  alphaOneSided: number,
  power: number,
): SampleSize {
  demandInside(p, 'p');
  demandPositive(marginAbsolute, 'marginAbsolute');
  const [zAlpha, zPower] = criticalOf({ alpha: alphaOneSided, power, sides: 1 });
  return sampleSize(((zAlpha + zPower) / marginAbsolute) ** 2 * 2 * p * (1 - p));
}

function sampleSize(perArm: number): SampleSize {
  return { perArm, perArmCeiling: Math.ceil(perArm) };
}

/** Standard deviation of the difference under the null of one common rate, per root of n. */
function nullDeviation(p1: number, p2: number): number {
  return Math.sqrt((p1 + p2) * (1 - (p1 + p2) / 2));
}

function criticalOf({ alpha, power, sides }: ErrorRates): readonly [zAlpha: number, zPower: number] {
  demandAlpha(alpha, sides);
  demandInside(power, 'power');
  return [normalQuantile(alpha / sides, 'upper'), normalQuantile(power)];
}

function demandAlpha(alpha: number, sides: Sides): void {
  demandInside(alpha, 'alpha');
  demand(sides === 1 || sides === 2, 'sides', 'must be 1 or 2');
}

function demandTwoRates(p1: number, p2: number): void {
  demandInside(p1, 'p1');
  demandInside(p2, 'p2');
  demand(p1 !== p2, 'p2', 'must differ from p1');
}

/**
 * The power of a z-test whose estimate has a standard error: the achieved power for the effect that matters, never for the observed one
 * (that is the p-value again; Hoenig, Heisey 2001). The nearer side only.
 * @throws StatsError when an argument is out of its domain.
 */
export function achievedPower(effect: number, standardError: number, alpha: number, sides: Sides): number {
  demandFinite(effect, 'effect');
  demandPositive(standardError, 'standardError');
  demandAlpha(alpha, sides);
  return normalTails(Math.abs(effect) / standardError - normalQuantile(alpha / sides, 'upper')).lower;
}

/**
 * The smallest effect that a z-test with this standard error finds with its power.
 * @throws StatsError when an argument is out of its domain.
 */
export function detectableEffect(standardError: number, rates: ErrorRates): number {
  demandPositive(standardError, 'standardError');
  const [zAlpha, zPower] = criticalOf(rates);
  return Math.max(0, (zAlpha + zPower) * standardError);
}
