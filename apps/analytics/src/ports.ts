// What handlers and background work are given: the database, the documents, the clock, how far ingest has come.
import type { Definitions } from './definitions/definitions.ts';
import type { EventLog } from './log/event-log.ts';
import type { Logger } from '@org/service';
import type { RunningIngest } from './ingest/run-ingest.ts';
import type { Gather } from './share/gather.ts';
import type { Database } from './store/database.ts';
import type { ErasedUnit } from './store/erase.ts';
import type { ErasedUpTo } from './store/erasures.ts';

export interface AnalyticsPorts {
  /**
   * `connect()` for reading: what is read in one transaction is of one moment. Rows of the event tables only ever come
   * after those that are there (`position` grows), save for retention and erasure, which delete: `changes` of the table
   * `source` grows with each erasure.
   */
  readonly database: Database;
  /** Experiments, metrics and the like, as the core last told. */
  readonly definitions: Definitions;
  /** Asks whoever holds partitions: this process, and others that share them. */
  readonly gather: Gather;
  /** Tells other processes, and those to come, that a unit is erased. */
  readonly announceErasure: (erased: ErasedUnit & { readonly upTo: ErasedUpTo }) => Promise<void>;
  readonly log: EventLog;
  readonly running: Pick<RunningIngest, 'ingest'>;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly logger: Logger;
}
