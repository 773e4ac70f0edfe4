// Turns what happens in an SDK into events of a queue: exposures, metrics, evaluation counts. Must never throw, nor
// look at more of a context than its targeting keys.
import { createEvaluationCounts, type CountedOutcome } from './evaluation-counts.ts';
import { createEventQueue, type EventQueue, type QueueLimits } from './event-queue.ts';
import { createExposureFilter } from './exposure-filter.ts';
import { attributesBytesMax, countIntervalMs, nameCharsMax } from './limits.ts';
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
  readonly filterSlots?: number;
  readonly queue?: QueueLimits;
}

/** What an SDK records with. */
export interface Recorder {
  readonly queue: Pick<EventQueue, 'size' | 'bytes' | 'dropped' | 'accepted' | 'refused'>;
  expose(outcome: ExposedOutcome, context: unknown, unitHash: number): void;
  track(name: string, context: unknown, value: number | undefined, attributes: object | undefined): void;
  /** Folds in what was evaluated since the last call. Call it regularly, also while nothing can be sent. */
  count(): void;
  /** The batch to send now: the one under way, or the next one; with counts once a minute, or when `withCounts`. */
  batch(withCounts: boolean): Batch | undefined;
}

/** Creates an empty recorder. */
export const createRecorder = (options: RecorderOptions): Recorder => {
  const { wallMs, drainCounts, revision } = options;
  const queue = createEventQueue(options.queue);
  const filter = createExposureFilter(
    options.filterSlots === undefined ? {} : { slots: options.filterSlots },
  );
  const counts = createEvaluationCounts(wallMs());
  let countedMs = wallMs();

  const count = (): void => {
    drainCounts((outcome, times) => {
      if (!counts.add(outcome, times)) queue.drop('counts_full');
    });
  };

  return {
    queue,
    expose(outcome, context, unitHash) {
      if (!filter.isNew(outcome.flagId, unitHash, outcome.id)) return;
      const { flagKey, variant = '', rule = '', excluded } = outcome;
      const value = { flagKey, variant, rule, revision: outcome.revision, units: unitsOf(context), excluded };
      queue.add({ timeMs: wallMs(), body: { $case: 'exposure', value } });
    },
    track(name, context, value, attributes) {
      const checked = checkAttributes(attributes);
      if (typeof name !== 'string' || name === '' || name.length > nameCharsMax || checked === undefined)
        return queue.drop('too_large');
      queue.add({
        timeMs: wallMs(),
        body: {
          $case: 'metric',
          value: {
            name,
            ...(typeof value === 'number' && Number.isFinite(value) ? { value } : {}),
            units: unitsOf(context),
            attributes: checked ?? undefined,
            revision: Math.max(0, revision()),
          },
        },
      });
    },
    count,
    batch(withCounts) {
      count();
      const now = wallMs();
      const due = withCounts || Math.abs(now - countedMs) >= countIntervalMs;
      // Counts become events only where there is room for all: they push nothing else out, and lose nothing by waiting.
      if (due && queue.idle && counts.size <= queue.room) {
        countedMs = now;
        for (const event of counts.take(now)) queue.add(event);
      }
      return queue.batch();
    },
  };
};

/** A copy that is JSON; null for none; undefined when it is too large or not JSON. */
const checkAttributes = (attributes: object | undefined): { [name: string]: unknown } | null | undefined => {
  if (attributes === undefined || attributes === null) return null;
  try {
    const json = JSON.stringify(attributes);
    const copy: unknown = json.length <= attributesBytesMax ? JSON.parse(json) : undefined;
    return typeof copy === 'object' && copy !== null && !Array.isArray(copy)
      ? (copy as { [name: string]: unknown })
      : undefined;
  } catch {
    return undefined;
  }
};
