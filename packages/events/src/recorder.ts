// Turns what happens in an SDK into events of a queue: exposures, metrics, evaluation counts, guarded calls. Must never
// throw, nor look at more of a context than its targeting keys and what overlays report.
import { copyAttributes } from './attributes.ts';
import { createCallTelemetry, type CallRecorder } from './call-telemetry.ts';
import { createEvaluationCounts, type CountedOutcome } from './evaluation-counts.ts';
import { createEventQueue, type EventQueue, type QueueLimits } from './event-queue.ts';
import { createExposureFilter } from './exposure-filter.ts';
import { callIntervalMs, countIntervalMs, nameCharsMax, timeMsMax, timeMsMin } from './limits.ts';
import { reportedOf, type Report } from './reported.ts';
import type { Batch } from './types.ts';
import { unitsOf } from './units.ts';

/** An outcome as evaluators give it to `onExposure`. */
export interface ExposedOutcome extends CountedOutcome {
  readonly id: number;
  readonly flagId: number;
  readonly excluded: boolean;
}

export interface RecorderOptions {
  /** Unix milliseconds. */
  readonly wallMs: () => number;
  /** Visits what was evaluated since the last visit. */
  readonly drainCounts: (visit: (outcome: CountedOutcome, count: number) => void) => void;
  readonly revision: () => number;
  /** What exposures by a rule say of their context, beside its units. Left out: nothing. */
  readonly reportOf?: (rule: string) => Report | undefined;
  readonly filterSlots?: number;
  readonly queue?: QueueLimits;
}

/** What an SDK records with. */
export interface Recorder {
  /** Guarded calls. */
  readonly calls: CallRecorder;
  /** The next batch tells of guarded calls, however little time has passed: somebody waits for them. */
  tellCalls(): void;
  readonly queue: Pick<EventQueue, 'size' | 'bytes' | 'dropped' | 'drop' | 'accepted' | 'refused' | 'halve'>;
  /** True when it made an event; for a unit that goes on seeing the same it costs a look-up and allocates nothing. */
  expose(outcome: ExposedOutcome, context: unknown, unitHash: number): boolean;
  track(name: string, context: unknown, value: number | undefined, attributes: object | undefined): void;
  /** How long one sampled evaluation took. */
  timeEvaluation(outcome: CountedOutcome, ms: number): void;
  /** Folds in what was evaluated since the last call. Call it regularly, also while nothing can be sent. */
  count(): void;
  /** The batch to send now: the one under way, or the next one; with counts once a minute, or when `withCounts`. */
  batch(withCounts: boolean): Batch | undefined;
}

const isName = (name: unknown): boolean =>
  typeof name === 'string' && name !== '' && name.length <= nameCharsMax;

/** Creates an empty recorder. */
export const createRecorder = (options: RecorderOptions): Recorder => {
  const { drainCounts, revision, reportOf = () => undefined } = options;
  const now = (): number => Math.min(timeMsMax, Math.max(timeMsMin, options.wallMs()));
  const queue = createEventQueue(options.queue);
  const filter = createExposureFilter(
    options.filterSlots === undefined ? {} : { slots: options.filterSlots },
  );
  const counts = createEvaluationCounts(now());
  let countedMs = now();
  const calls = createCallTelemetry({ wallMs: now, onDrop: (reason) => queue.drop(reason) });
  /** Asked for, and not told yet: a batch that was under way came first. */
  let owesCounts = false;
  let calledMs = now();
  let owesCalls = false;

  const count = (): void => {
    drainCounts((outcome, times) => {
      // Of a key that no flag can have there is nothing to tell.
      if (!isName(outcome.flagKey)) queue.drop('invalid');
      else if (!counts.add(outcome, times)) queue.drop('counts_full');
    });
  };

  return {
    queue,
    calls,
    expose(outcome, context, unitHash) {
      if (!filter.isNew(outcome.flagId, unitHash, outcome.id)) return false;
      const { flagKey, variant = '', rule = '', excluded } = outcome;
      const attributes = reportedOf(context, reportOf(rule));
      const { revision: exposedAt } = outcome;
      const units = unitsOf(context);
      const value = { flagKey, variant, rule, revision: exposedAt, units, excluded, attributes };
      return queue.add({ timeMs: now(), body: { $case: 'exposure', value } });
    },
    track(name, context, value, attributes) {
      const none = attributes === undefined || attributes === null;
      const copy = none ? undefined : copyAttributes(attributes);
      const hasValue = value !== undefined && value !== null;
      if (!isName(name) || (!none && !copy) || (hasValue && !Number.isFinite(value)))
        return queue.drop('invalid');
      const number = hasValue ? { value } : {};
      const metric = {
        name,
        ...number,
        units: unitsOf(context),
        attributes: copy,
        revision: Math.max(0, revision()),
      };
      queue.add({ timeMs: now(), body: { $case: 'metric', value: metric } });
    },
    timeEvaluation(outcome, ms) {
      if (isName(outcome.flagKey)) counts.addTime(outcome, ms);
    },
    count,
    tellCalls() {
      owesCalls = true;
    },
    batch(withCounts) {
      count();
      const nowMs = now();
      owesCounts ||= withCounts || Math.abs(nowMs - countedMs) >= countIntervalMs;
      // Counts become events only where there is room for all: they push nothing else out, and lose nothing by waiting.
      if (owesCounts && queue.idle && counts.size <= queue.room) {
        owesCounts = false;
        countedMs = nowMs;
        for (const event of counts.take(nowMs)) queue.add(event);
      }
      owesCalls ||= withCounts || Math.abs(nowMs - calledMs) >= callIntervalMs;
      if (owesCalls && queue.idle && calls.size <= queue.room) {
        owesCalls = false;
        calledMs = nowMs;
        for (const event of calls.take(nowMs)) queue.add(event);
      }
      return queue.batch();
    },
  };
};
