// What counts say of a candidate: one-sided e-processes on which arm each event fell into. Exact for any split, any number of
// events and any stopping rule; the asymptotic sequence is for metrics that are no counts. Pure.
import { asymptoticSequence } from '@org/stats';

/** One arm of a phase, since the phase began. */
export interface ArmCounts {
  readonly units: number;
  /** Units with the outcome, or calls that failed. */
  readonly events: number;
  /** Of metrics that are no counts: mean and variance of the units' values. */
  readonly values?: { readonly mean: number; readonly variance: number };
}

export const noCounts: ArmCounts = { units: 0, events: 0 };

const gains = [1.01, 1.02, 1.035, 1.05, 1.075, 1.11, 1.16, 1.23, 1.33, 1.5];
const harms = [1.1, 1.25, 1.5, 2, 3, 6, 15];
const unitsTuned = 100_000;
const eventsMin = 30;

/** Shares of all units that two arms have. */
export interface Shares {
  readonly candidate: number;
  readonly control: number;
}

/**
 * log of the e-value against "the candidate has no more events than `bound` times control's": above log(1/level) at any time with
 * probability at most the level, if that is so. Every event falls by itself into an arm, by the shares and the rates.
 */
export function moreEvents(
  candidate: ArmCounts,
  control: ArmCounts,
  shares: Shares,
  { bound = 1, ratios = gains }: { readonly bound?: number; readonly ratios?: readonly number[] } = {},
): number {
  const null0 = shares.candidate * bound;
  const p0 = null0 / (null0 + shares.control);
  const logs = ratios.map((ratio) => {
    const p = (null0 * ratio) / (null0 * ratio + shares.control);
    return candidate.events * Math.log(p / p0) + control.events * Math.log((1 - p) / (1 - p0));
  });
  return meanOfExponentials(logs);
}

/** The same against "no fewer". */
export const fewerEvents = (
  candidate: ArmCounts,
  control: ArmCounts,
  shares: Shares,
  options?: Parameters<typeof moreEvents>[3],
): number =>
  moreEvents(control, candidate, { candidate: shares.control, control: shares.candidate }, options);

/** log of the e-value against "the candidate is no better" on the objective. */
export function improvement(
  candidate: ArmCounts,
  control: ArmCounts,
  shares: Shares,
  isMoreBetter: boolean,
): number {
  if (candidate.values !== undefined && control.values !== undefined)
    return improvementOfMeans(candidate, control, isMoreBetter);
  return (isMoreBetter ? moreEvents : fewerEvents)(candidate, control, shares);
}

/** log of the e-value against "the candidate is no worse", wide enough for canaries. */
export const harm = (
  candidate: ArmCounts,
  control: ArmCounts,
  shares: Shares,
  isMoreBetter: boolean,
): number => (isMoreBetter ? fewerEvents : moreEvents)(candidate, control, shares, { ratios: harms });

/** log of the e-value against "worse by more than the margin". */
export function nonInferiority(
  candidate: ArmCounts,
  control: ArmCounts,
  shares: Shares,
  { margin, isMoreBetter }: { readonly margin: number; readonly isMoreBetter: boolean },
): number {
  return isMoreBetter
    ? moreEvents(candidate, control, shares, { bound: 1 - margin })
    : // In units of control's events the bound is turned over.
      fewerEvents(candidate, control, shares, { bound: 1 / (1 + margin) });
}

function improvementOfMeans(candidate: ArmCounts, control: ArmCounts, isMoreBetter: boolean): number {
  const effect = effectOfMeans(candidate, control, isMoreBetter);
  if (effect === undefined || effect.estimate <= 0) return 0;
  const look = { units: candidate.units + control.units, ...effect };
  return asymptoticSequence(look, { alpha: 0.05, unitsTuned })?.logE ?? 0;
}

function effectOfMeans(
  { units, events, values }: ArmCounts,
  control: ArmCounts,
  isMoreBetter: boolean,
): { readonly estimate: number; readonly standardError: number } | undefined {
  if (values === undefined || control.values === undefined) return undefined;
  if (Math.min(events, control.events) < eventsMin) return undefined;
  const variance = values.variance / units + control.values.variance / control.units;
  const difference = values.mean - control.values.mean;
  return variance > 0
    ? { estimate: isMoreBetter ? difference : -difference, standardError: Math.sqrt(variance) }
    : undefined;
}

/** A measured effect: log ratio against control, more is better, and its variance. */
export interface Effect {
  readonly effect: number;
  readonly variance: number;
}

/** What an arm's counts say about its effect; undefined before there is anything to say. */
export function effectOf(
  candidate: ArmCounts,
  control: ArmCounts,
  isMoreBetter: boolean,
): Effect | undefined {
  if (candidate.units === 0 || control.units === 0) return undefined;
  const sign = isMoreBetter ? 1 : -1;
  const [a, b] = [candidate.values, control.values];
  if (a !== undefined && b !== undefined) {
    if (!(a.mean > 0 && b.mean > 0)) return undefined;
    const variance = a.variance / candidate.units / a.mean ** 2 + b.variance / control.units / b.mean ** 2;
    return { effect: sign * Math.log(a.mean / b.mean), variance };
  }
  const [x, y] = [candidate.events + 0.5, control.events + 0.5];
  return {
    effect: sign * (Math.log(x / (candidate.units + 1)) - Math.log(y / (control.units + 1))),
    variance: 1 / x + 1 / y,
  };
}

/** Two measurements of the same as one, by their precisions. */
export function pooled(a: Effect, b: Effect | undefined): Effect {
  if (b === undefined) return a;
  const [p, q] = [1 / a.variance, 1 / b.variance];
  return { effect: (a.effect * p + b.effect * q) / (p + q), variance: 1 / (p + q) };
}

function meanOfExponentials(logs: readonly number[]): number {
  const most = Math.max(...logs);
  if (!Number.isFinite(most)) return most;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - most);
  return most + Math.log(sum / logs.length);
}
