// Evaluation counts between two deliveries, one entry per outcome: an outage makes the numbers larger, not the memory.
import { createLatencyTally, type LatencyTally } from './latency-sketch.ts';
import { countsMax } from './limits.ts';
import type { EvaluationCount, Event } from './types.ts';

/** What is counted: an outcome of `@org/evaluator` fits. */
export interface CountedOutcome {
  readonly flagKey: string;
  readonly variant?: string;
  readonly reason: string;
  readonly rule?: string;
  readonly revision: number;
  readonly errorCode?: string;
}

export interface EvaluationCounts {
  readonly size: number;
  /** False when there was no room for another outcome. */
  add(outcome: CountedOutcome, count: number): boolean;
  /** How long one evaluation took; left out where there is no room for another outcome. */
  addTime(outcome: CountedOutcome, ms: number): void;
  /** Takes everything out as events that end now. */
  take(nowMs: number): readonly Event[];
}

interface Counted extends Omit<EvaluationCount, 'fromMs' | 'count' | 'evaluationTime'> {
  count: number;
  time: LatencyTally | undefined;
}

/** What the contract can carry: a count beyond it stays at it. */
const uint32Max = 0xffff_ffff;

/** Starts a window at `nowMs`. At most 10,000 outcomes. */
export const createEvaluationCounts = (nowMs: number, outcomesMax: number = countsMax): EvaluationCounts => {
  let fromMs = nowMs;
  let counts = new Map<string, Counted>();
  /** The entry of an outcome, made where there is room. */
  const entryOf = (outcome: CountedOutcome): Counted | undefined => {
    const { flagKey, variant = '', reason, rule = '', revision, errorCode = '' } = outcome;
    const id = JSON.stringify([flagKey, variant, reason, rule, revision, errorCode]);
    const known = counts.get(id);
    if (known || counts.size >= outcomesMax) return known;
    const made = { flagKey, variant, reason, rule, revision, errorCode, count: 0, time: undefined };
    counts.set(id, made);
    return made;
  };
  return {
    get size() {
      return counts.size;
    },
    add(outcome, count) {
      const entry = entryOf(outcome);
      if (entry) entry.count = Math.min(uint32Max, entry.count + count);
      return entry !== undefined;
    },
    addTime(outcome, ms) {
      const entry = entryOf(outcome);
      if (entry) (entry.time ??= createLatencyTally()).add(ms);
    },
    take(timeMs) {
      const events = Array.from(counts.values(), ({ time, ...value }): Event => ({
        timeMs,
        body: {
          $case: 'evaluationCount',
          value: { ...value, fromMs, evaluationTime: time?.toSketch() },
        },
      }));
      counts = new Map();
      fromMs = timeMs;
      return events;
    },
  };
};
