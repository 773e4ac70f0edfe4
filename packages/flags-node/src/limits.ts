// Every limit of this SDK, once. Limits of the contract: @org/contract/limits; of the machine: @org/sync.

/** One gRPC message: the largest snapshot, and room for its envelope. */
export const messageBytesMax = 24 * 1024 * 1024;
/** HTTP/2 flow control: a snapshot travels without waiting for window updates every 64 kB. */
export const windowBytes = 4 * 1024 * 1024;
/** A connection silent for this long is asked for a sign of life. */
export const keepAliveIdleMs = 5_000;
/** It then has this long to answer. */
export const keepAliveTimeoutMs = 3_000;
/** A timer later than this means that the process was blocked: the answer may be waiting unread. */
export const lateTimerMs = 1_000;
/** Deadlines of calls. A dead peer is noticed earlier, by keep-alive. */
export const snapshotTimeoutMs = 55_000;
export const callTimeoutMs = 10_000;
/** Reports of applied revisions are coalesced: a fleet does not answer a commit in one moment. */
export const reportSpreadMs = 2_000;
export const problemsPerReportMax = 100;
/** Snapshots are stored at most this often. */
export const persistDelayMs = 1_000;
export const snapshotFileBytesMax = 64 * 1024 * 1024;
/** Default of `ready()`. */
export const readyTimeoutMs = 5_000;
/** Default of `close()`: how long the last events may take. */
export const closeTimeoutMs = 3_000;
/** The same complaint goes to the logger at most this often. */
export const logIntervalMs = 60_000;
/** Urls of one client. */
export const urlsMax = 32;
/** How long events wait for more. */
export const flushIntervalDefaultMs = 5_000;
export const flushIntervalMinMs = 10;
