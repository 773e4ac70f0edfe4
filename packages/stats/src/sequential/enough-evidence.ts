// Whether an estimate is about normal yet. Sequences and boundaries made for normal estimates reject far too often before: with
// a 1 % canary and rare events the plug-in standard error of the small arm is nearly 0 until its first events have come.
import { demandCount } from '../errors.ts';
import { mergeMoments, varianceOf, type Moments } from '../moments.ts';

/** One arm: its moments, and how many units had the rarer outcome (converted or did not; bought). */
export interface ArmEvidence {
  readonly events: number;
  readonly moments: Moments;
}

/** Answer of the gate, with what it saw. */
export interface EvidenceGate {
  readonly isEnough: boolean;
  readonly reason: 'enough' | 'events' | 'skewness';
  /** The smaller number of events of the two arms. */
  readonly events: number;
  /** Skewness of the sampling distribution of the difference; null where nothing varies. */
  readonly skewness: number | null;
}

/** Limits of the gate. */
export interface EvidenceLimits {
  readonly eventsMin: number;
  readonly skewnessMax: number;
}

/** Limits for confidence sequences: measured in the validity benchmark (docs/statistics.md). */
export const sequenceLimits: EvidenceLimits = { eventsMin: 30, skewnessMax: 0.2 };

/**
 * Limits for group-sequential boundaries, which use up all of alpha and so have no slack: 100 events per arm, and a skewness at which a
 * normal tail of 0.1 % is still right to a quarter or so.
 */
export const boundaryLimits: EvidenceLimits = { eventsMin: 100, skewnessMax: 0.1 };

/**
 * Asks whether both arms have enough events and the difference of their means is about symmetric. Ask at every look, before the
 * evidence of that look is computed; "not enough" answers leave an always-valid procedure valid. For ratios, pass the moments of the
 * linearised values.
 * @throws StatsError when the events are no counts.
 */
export function enoughEvidence(
  control: ArmEvidence,
  treatment: ArmEvidence,
  { eventsMin, skewnessMax }: EvidenceLimits = sequenceLimits,
): EvidenceGate {
  demandCount(control.events, 'control.events');
  demandCount(treatment.events, 'treatment.events');
  const events = Math.min(control.events, treatment.events);
  const skewness = skewnessOfDifference(control.moments, treatment.moments);
  if (events < eventsMin || skewness === null) return { isEnough: false, reason: 'events', events, skewness };
  const isEnough = Math.abs(skewness) <= skewnessMax;
  return { isEnough, reason: isEnough ? 'enough' : 'skewness', events, skewness };
}

/**
 * Third cumulant of mean(treatment) - mean(control) over the cube of its standard error; the larger of two estimates. With each arm's own
 * moments a small arm that has not met its rare large values yet looks harmless; with the moments of both arms together it does not.
 */
function skewnessOfDifference(control: Moments, treatment: Moments): number | null {
  const own = standardized(control, treatment, [control, treatment]);
  const both = mergeMoments(control, treatment);
  const pooled = standardized(control, treatment, [both, both]);
  if (own === null || pooled === null) return null;
  return Math.abs(own) > Math.abs(pooled) ? own : pooled;
}

function standardized(
  { count: controls }: Moments,
  { count: treated }: Moments,
  [control, treatment]: readonly [Moments, Moments],
): number | null {
  if (control.count < 2 || treatment.count < 2) return null;
  const variance = varianceOf(control)! / controls + varianceOf(treatment)! / treated;
  if (!(variance > 0)) return null;
  const third = thirdMoment(treatment) / treated / treated - thirdMoment(control) / controls / controls;
  const skewness = third / variance / Math.sqrt(variance);
  return Number.isFinite(skewness) ? skewness : null;
}

function thirdMoment({ count, m3 }: Moments): number {
  return m3 / count;
}
