// Standardised differences of means.
import { meanDifference, type Moments } from '../moments.ts';
import { plainZero } from '../numerics/series.ts';
import { logGammaHalfStep } from '../numerics/stirling.ts';

/** Cohen's d and Hedges' g. */
export interface EffectSize {
  readonly cohensD: number;
  readonly hedgesG: number;
}

/**
 * Cohen's d with the pooled standard deviation (Cohen 1988), and Hedges' g with the exact gamma correction (Hedges 1981). Null when an
 * arm has fewer than two values or neither arm varies.
 */
export function effectSize(control: Moments, treatment: Moments): EffectSize | null {
  if (control.count < 2 || treatment.count < 2) return null;
  const df = control.count + treatment.count - 2;
  const variance = (control.m2 + treatment.m2) / df;
  if (!(variance > 0)) return null;
  const cohensD = plainZero(meanDifference(control, treatment)! / Math.sqrt(variance));
  // Gamma(df/2) / (sqrt(df/2) Gamma((df-1)/2)).
  const half = (df - 1) / 2;
  const correction = Math.exp(logGammaHalfStep(half)) * Math.sqrt(half / (half + 0.5));
  return { cohensD, hedgesG: plainZero(cohensD * correction) };
}
