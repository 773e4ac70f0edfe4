// Evaluation counts between two deliveries, one entry per outcome: an outage makes the numbers larger, not the memory.
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
  /** Takes everything out as events that end now. */
  take(nowMs: number): readonly Event[];
}

/** What the contract can carry: a count beyond it stays at it. */
const uint32Max = 0xffff_ffff;

/** Starts a window at `nowMs`. At most 10,000 outcomes. */
export const createEvaluationCounts = (nowMs: number, outcomesMax: number = countsMax): EvaluationCounts => {
  let fromMs = nowMs;
  let counts = new Map<string, Omit<EvaluationCount, 'fromMs'>>();
  return {
    get size() {
      return counts.size;
    },
    add({ flagKey, variant = '', reason, rule = '', revision, errorCode = '' }, count) {
      const id = JSON.stringify([flagKey, variant, reason, rule, revision, errorCode]);
      const before = counts.get(id);
      if (!before && counts.size >= outcomesMax) return false;
      const sum = Math.min(uint32Max, (before?.count ?? 0) + count);
      counts.set(id, {
        flagKey,
        variant,
        reason,
        rule,
        revision,
        errorCode,
        count: sum,
        evaluationTime: undefined,
      });
      return true;
    },
    take(timeMs) {
      const events = Array.from(counts.values(), (value): Event => ({
        timeMs,
        body: { $case: 'evaluationCount', value: { ...value, fromMs } },
      }));
      counts = new Map();
      fromMs = timeMs;
      return events;
    },
  };
};
