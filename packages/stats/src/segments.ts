// One effect, segment by segment: with a correction for asking often, and a test of whether the segments differ at all.
import { demandFinite, demandInside, demandPositive } from './errors.ts';
import { criticalZ, intervalAround, type Interval } from './interval.ts';
import { adjustPValues, type Correction } from './multiplicity/adjusted-p-values.ts';
import { plainZero } from './numerics/series.ts';
import { chiSquareStatistic, type ChiSquareStatistic } from './proportions/chi-square-test.ts';
import { sampleRatioTest } from './srm.ts';
import { zSignificance } from './significance.ts';

/** The estimated effect within one segment. */
export interface SegmentEffect {
  readonly segment: string;
  readonly estimate: number;
  readonly standardError: number;
}

/** A segment's effect with its corrected significance. */
export interface SegmentResult extends SegmentEffect {
  readonly p: number;
  readonly adjustedP: number;
  readonly isSignificant: boolean;
  /** Simultaneous: covers in all segments at once with the level (Bonferroni). */
  readonly interval: Interval;
}

/** All segments and what they say together. */
export interface SegmentBreakdown {
  readonly segments: readonly SegmentResult[];
  /** Cochran's Q: do the effects differ by more than chance? Null with fewer than two segments. */
  readonly heterogeneity: ChiSquareStatistic | null;
  /** The effect over all segments, weighted by precision. Null without segments. */
  readonly combined: { readonly estimate: number; readonly standardError: number } | null;
}

/**
 * Breaks an effect down. Significance by corrected z-tests; heterogeneity by Cochran's Q (1954). Assumes that segments share no unit and
 * were defined before exposure. A significant segment without significant heterogeneity is no finding.
 * @throws StatsError when a number or alpha is out of its domain.
 */
export function segmentBreakdown(
  effects: readonly SegmentEffect[],
  alpha = 0.05,
  correction: Correction = 'holm',
): SegmentBreakdown {
  demandInside(alpha, 'alpha');
  effects.forEach(({ estimate, standardError }, i) => {
    demandFinite(estimate, `effects[${i}].estimate`);
    demandPositive(standardError, `effects[${i}].standardError`);
  });
  if (effects.length === 0) return { segments: [], heterogeneity: null, combined: null };
  const pValues = effects.map((e) => zSignificance(e.estimate, e.standardError)!.pTwoSided);
  const adjusted = adjustPValues(pValues, correction);
  const critical = criticalZ(1 - alpha / effects.length);
  const combined = combine(effects);
  const q = effects.reduce((sum, e) => sum + ((e.estimate - combined.estimate) / e.standardError) ** 2, 0);
  return {
    segments: effects.map((effect, i) => ({
      ...effect,
      estimate: plainZero(effect.estimate),
      p: pValues[i]!,
      adjustedP: adjusted[i]!,
      isSignificant: adjusted[i]! <= alpha,
      interval: intervalAround(effect.estimate, critical * effect.standardError),
    })),
    heterogeneity: effects.length < 2 ? null : chiSquareStatistic(q, effects.length - 1),
    combined,
  };
}

function combine(effects: readonly SegmentEffect[]): {
  readonly estimate: number;
  readonly standardError: number;
} {
  // Relative to the most precise one, so that weights neither overflow nor underflow.
  const best = Math.min(...effects.map(({ standardError }) => standardError));
  let weights = 0;
  let weighted = 0;
  for (const { estimate, standardError } of effects) {
    const weight = (best / standardError) ** 2;
    weights += weight;
    weighted += weight * estimate;
  }
  return { estimate: plainZero(weighted / weights), standardError: best / Math.sqrt(weights) };
}

/** Counts per arm within one segment. */
export interface SegmentCounts {
  readonly segment: string;
  readonly counts: readonly number[];
}

/** A segment's sample ratio. */
export interface SegmentRatio {
  readonly segment: string;
  readonly p: number;
  readonly adjustedP: number;
}

/**
 * Looks for the segments that a sample ratio mismatch comes from, most suspicious first: chi-square per segment, Holm's correction.
 * Segments without units are left out.
 * @throws StatsError when counts or weights are out of their domain.
 */
export function sampleRatioBySegment(
  segments: readonly SegmentCounts[],
  weights: readonly number[],
): readonly SegmentRatio[] {
  const found = segments.flatMap(({ segment, counts }) => {
    const test = sampleRatioTest(counts, weights);
    return test === null ? [] : [{ segment, p: test.pearson.p }];
  });
  const adjusted = adjustPValues(
    found.map(({ p }) => p),
    'holm',
  );
  return found.map((one, i) => ({ ...one, adjustedP: adjusted[i]! })).sort((a, b) => a.p - b.p);
}
