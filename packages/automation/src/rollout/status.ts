// What a running rollout knows beside its document: what was watched and counted in its stage. A plain value that is kept
// between looks; a look that is repeated adds nothing to it. Pure.
import type { HealthRule, Rollout } from '@org/contract/model';
import type { Observations, Subject } from '../controller.ts';
import {
  addAgainstBound,
  addCounts,
  nextStageEvidence,
  noEvidence,
  type RateCounts,
  type RateEvidence,
} from './rate-evidence.ts';
import { plannedStages, rulesOf } from './stages.ts';
import type { ShippedTarget } from './transitions.ts';

/** Guarded calls of one group since the last look. */
export interface CallCounts {
  readonly calls: number;
  /** Units with an error, each once a minute. */
  readonly errors: number;
  /** Calls slower than the bound of a rule, by the rule's id. */
  readonly slow: { readonly [ruleId: string]: number };
}

/** What was read for a rule, or why nothing could be. */
export interface Reading {
  /** When; a reading with the time of the one before is that one. */
  readonly atMs: number;
  readonly value?: number;
  readonly problem?: string;
}

/** What the metrics say, as far as analytics could be asked. */
export interface MetricHealth {
  /** By metric: "holds", "violated" or "unclear", and the numbers. */
  readonly metrics: { readonly [metric: string]: { readonly verdict: string; readonly text: string } };
  readonly sampleRatioMismatch: boolean;
  /** Reasons not to trust the numbers: these hold. */
  readonly faults?: readonly string[];
}

/** What the world looks like to a rollout. */
export interface RolloutObservations extends Observations {
  /** Since the last look; each call in one look only. */
  readonly variant: CallCounts;
  readonly others: CallCounts;
  /** The latest one of each rule that reads something. */
  readonly readings: { readonly [ruleId: string]: Reading };
  /** Undefined: not asked for, or nobody answers. */
  readonly metrics?: MetricHealth | undefined;
  /** Reasons not to trust what is seen: these hold. */
  readonly faults: readonly string[];
  /** Reasons to end it at once: a critical error, a breaker that the fleet confirms. */
  readonly alarms: readonly string[];
  readonly target: ShippedTarget | undefined;
}

export interface ReadingState {
  readonly atMs: number;
  readonly value?: number;
  readonly problem?: string;
  /** Readings in a row that broke the rule. */
  readonly broken: number;
}

export interface RolloutStatus {
  readonly attempt: number;
  readonly stage: number;
  /** Of the document when this start was first seen: calls of earlier starts say nothing of this one. */
  readonly sinceRevision: number;
  /** Time that the stage was watched. Time without looks does not count, nor do jumps of the clock. */
  readonly watchedMs: number;
  readonly lookedAtMs: number;
  /** Guarded calls with the variant in this stage. */
  readonly sample: number;
  readonly rates: { readonly [ruleId: string]: RateEvidence };
  readonly readings: { readonly [ruleId: string]: ReadingState };
}

/** Two looks are never farther apart than this, as far as watching goes. */
export const lookGapMsMax = 30_000;

/** The status for the stage that the document says: the old one, one for a new stage, or a new one. */
export function statusFor(
  { spec: rollout, revision }: Pick<Subject<Rollout>, 'spec' | 'revision'>,
  known: RolloutStatus | undefined,
  nowMs: number,
): RolloutStatus {
  const { attempt = 0, stage = 0 } = rollout.life ?? {};
  if (known?.attempt !== attempt) {
    const rates = Object.fromEntries(rulesOf(rollout).map(({ id }) => [id, noEvidence]));
    const fresh = { watchedMs: 0, lookedAtMs: nowMs, sample: 0, rates, readings: {} };
    return { attempt, stage, sinceRevision: revision, ...fresh };
  }
  if (known.stage === stage) return known;
  const rates = Object.entries(known.rates).map(([id, rate]) => [id, nextStageEvidence(rate)] as const);
  return { ...known, stage, watchedMs: 0, lookedAtMs: nowMs, sample: 0, rates: Object.fromEntries(rates) };
}

/** Adds a look. */
export function watch(
  rollout: Rollout,
  status: RolloutStatus,
  observations: RolloutObservations,
  nowMs: number,
  gapMsMax = lookGapMsMax,
): RolloutStatus {
  const rules = plannedStages(rollout)[status.stage]?.health ?? [];
  const { variant, others } = observations;
  const passed = Math.min(gapMsMax, Math.max(0, nowMs - status.lookedAtMs));
  const rates = { ...status.rates };
  const readings = { ...status.readings };
  for (const rule of rules) {
    const counts = countsOf(rule);
    if (counts !== undefined)
      rates[rule.id] = addRates(rule, rates[rule.id] ?? noEvidence, counts(variant), counts(others));
    const reading = observations.readings[rule.id];
    if (reading !== undefined) readings[rule.id] = addReading(rule, readings[rule.id], reading);
  }
  return {
    ...status,
    watchedMs: status.watchedMs + passed,
    lookedAtMs: nowMs,
    sample: status.sample + variant.calls,
    rates,
    readings,
  };
}

function countsOf(rule: HealthRule): ((calls: CallCounts) => RateCounts) | undefined {
  if (rule.type === 'guarded_errors') return ({ calls, errors }) => ({ calls, events: errors });
  if (rule.type !== 'guarded_latency') return undefined;
  return ({ calls, slow }) => ({ calls, events: slow[rule.id] ?? 0 });
}

function addRates(
  rule: HealthRule,
  past: RateEvidence,
  variant: RateCounts,
  others: RateCounts,
): RateEvidence {
  if (variant.calls + others.calls + variant.events + others.events === 0) return past;
  const { margin, rateMax } = rule as { readonly margin?: number; readonly rateMax?: number };
  const isAlone = past.others.calls + others.calls === 0;
  return isAlone && rateMax !== undefined
    ? addAgainstBound(past, variant, rateMax)
    : addCounts(past, variant, others, margin);
}

/** Counts a new reading; one without a value breaks nothing and mends nothing. */
function addReading(rule: HealthRule, past: ReadingState | undefined, reading: Reading): ReadingState {
  if (past !== undefined && reading.atMs <= past.atMs) return past;
  if (reading.value === undefined) return { ...reading, broken: past?.broken ?? 0 };
  return { ...reading, broken: isFulfilled(rule, reading.value) ? 0 : (past?.broken ?? 0) + 1 };
}

function isFulfilled(rule: HealthRule, value: number): boolean {
  if (rule.type === 'http') return value === 1;
  if (rule.type !== 'prometheus' && rule.type !== 'custom') return true;
  switch (rule.comparison) {
    case '<':
      return value < rule.value;
    case '<=':
      return value <= rule.value;
    case '>':
      return value > rule.value;
    case '>=':
      return value >= rule.value;
  }
}
