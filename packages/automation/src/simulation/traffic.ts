// Made-up traffic of guarded calls: so many a minute, of which some fail and some are slow, with the variant more of them. Pure.
import type { HealthRule } from '@org/contract/model';
import type { CallCounts } from '../rollout/status.ts';
import { binomial, poisson, type Chance } from './chance.ts';

/** What is planted. */
export interface Traffic {
  /** Of all units. */
  readonly callsPerMinute: number;
  /** Shares of the calls without the variant. */
  readonly errorRate: number;
  readonly slowRate: number;
  /** How many times as many with it. */
  readonly errorRatio: number;
  readonly slowRatio: number;
  /** Index of the stage from which on the ratios apply. */
  readonly harmFromStage: number;
}

/** A stretch of time. */
export interface TrafficWindow {
  readonly minutes: number;
  /** Share of the units that have the variant, 0 to 1. */
  readonly share: number;
  readonly stage: number;
}

/** Draws the calls of a stretch of time. */
export function drawCalls(
  chance: Chance,
  traffic: Traffic,
  { minutes, share, stage }: TrafficWindow,
  rules: readonly HealthRule[],
): { readonly variant: CallCounts; readonly others: CallCounts } {
  const { callsPerMinute, errorRate, slowRate, harmFromStage } = traffic;
  const isHarmful = stage >= harmFromStage;
  const expected = callsPerMinute * minutes;
  const group = (mean: number, errors: number, slow: number): CallCounts => {
    const calls = poisson(chance, mean);
    const slowByRule = rules
      .filter(({ type }) => type === 'guarded_latency')
      .map(({ id }) => [id, binomial(chance, calls, Math.min(1, slow))] as const);
    return {
      calls,
      errors: binomial(chance, calls, Math.min(1, errors)),
      slow: Object.fromEntries(slowByRule),
    };
  };
  const errorRatio = isHarmful ? traffic.errorRatio : 1;
  const slowRatio = isHarmful ? traffic.slowRatio : 1;
  return {
    variant: group(expected * share, errorRate * errorRatio, slowRate * slowRatio),
    others: group(expected * (1 - share), errorRate, slowRate),
  };
}
