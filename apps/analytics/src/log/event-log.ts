// The event log as analytics sees it: a port with an adapter for each place it may lie in. Read only.
import type { LoggedBatch } from '@org/push-nats/events';

/** A log. Every call rejects while it cannot be reached, and may be repeated. */
export interface EventLog {
  /** Names this log: another one, or one that was made anew, has positions of its own. */
  identity(): Promise<string>;
  /** Batches after a position, in order, at most `limit`; empty at the end. The same batch may come twice, later. */
  read(afterPosition: number, limit: number): Promise<readonly LoggedBatch[]>;
  /** Position of the newest batch; 0 for an empty log. */
  head(): Promise<number>;
  /** Makes room in a log of bounded size, of what was read (up to that position) only. Absent: the core does it by age. */
  makeRoom?(upTo: number): Promise<number>;
  close(): Promise<void>;
}
