// The event log as analytics sees it: a port with an adapter for each place it may lie in. Read only.

/** One batch as an SDK sent it. */
export interface LoggedBatch {
  /** Grows along the log; not without gaps. */
  readonly position: number;
  readonly environmentId: string;
  readonly instanceId: string;
  readonly sequence: number;
  readonly keyId: string;
  /** Unix milliseconds by the core that accepted it. */
  readonly receivedAtMs: number;
  /** Protobuf of flags.v1.RecordRequest. */
  readonly bytes: Uint8Array;
}

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
