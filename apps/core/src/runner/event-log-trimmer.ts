// Removes batches from the event log in the database when they are old enough and analytics has them: never one of the two
// alone. What was seen of SDK instances stays, so that a batch that is sent again later is still known.
import type { AnalyticsClient } from '../analytics/analytics-client.ts';
import { trimEventLog } from '../store/event-store.ts';
import type { SqlDriver } from '../store/sql-driver.ts';
import type { LeasedJob } from './leased-jobs.ts';

const intervalMs = 10 * 60_000;

export interface TrimmerOptions {
  /** The database of the event log. */
  readonly events: SqlDriver;
  readonly analytics: Pick<AnalyticsClient, 'logPosition'>;
  readonly retentionMs: number;
  readonly now: () => number;
  readonly intervalMs?: number | undefined;
}

/** A job of the runner. */
export const eventLogTrimmer = (options: TrimmerOptions): LeasedJob => ({
  name: 'event-log',
  intervalMs: options.intervalMs ?? intervalMs,
  look: async () => {
    const upTo = await options.analytics.logPosition();
    if (upTo > 0) await trimEventLog(options.events, upTo, options.now() - options.retentionMs);
  },
});
