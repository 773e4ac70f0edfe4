// Reads the next piece of the log while the one before it is written. Bounded: one piece.
import type { LoggedBatch } from '@org/push-nats/events';
import type { EventLog } from '../log/event-log.ts';

export interface ReadAhead {
  /** Batches after a position. */
  read(afterPosition: number): Promise<readonly LoggedBatch[]>;
  /** Begins to read what comes after a position: it is asked for next, unless something fails. */
  begin(afterPosition: number): void;
}

/** `limit`: batches of a piece. */
export function readAhead(log: Pick<EventLog, 'read'>, limit: number): ReadAhead {
  let ahead: { readonly after: number; readonly batches: Promise<readonly LoggedBatch[]> } | undefined;
  return {
    async read(afterPosition) {
      const begun = ahead?.after === afterPosition ? ahead.batches : undefined;
      ahead = undefined;
      const batches = await begun?.catch(() => undefined);
      // At the end of the log it looked too early.
      if (batches !== undefined && batches.length > 0) return batches;
      return log.read(afterPosition, limit);
    },
    begin(afterPosition) {
      const batches = log.read(afterPosition, limit);
      void batches.catch(() => undefined);
      ahead = { after: afterPosition, batches };
    },
  };
}
