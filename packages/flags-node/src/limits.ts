// Every limit of this SDK, once. Limits of the contract: @org/contract/limits; of the machine: @org/sync.

/** One gRPC message: the largest snapshot, and room for its envelope. */
export const messageBytesMax = 24 * 1024 * 1024;
/** HTTP/2 flow control: a snapshot travels without waiting for window updates every 64 kB. */
export const windowBytes = 4 * 1024 * 1024;
/** A connection silent for this long is asked for a sign of life: longer than an idle server keeps silent (5 s). */
export const keepAliveIdleMs = 7_000;
/** It then has this long to answer. */
export const keepAliveTimeoutMs = 3_000;
/** A timer later than this means that the process was blocked: the answer may be waiting unread. */
export const lateTimerMs = 1_000;
/** Deadlines of calls. A dead peer is noticed earlier, by keep-alive. */
export const snapshotTimeoutMs = 55_000;
export const callTimeoutMs = 10_000;
/** State is served from memory: an answer that does not come on for this long was lost on its way. */
export const stateStallMs = 5_000;
/** Reports of applied revisions are coalesced over this time: a fleet that hears a commit each second does not answer each. */
export const reportSpreadMs = 10_000;
/** The first report, and a refusal, are worth a quicker word. */
export const quickReportSpreadMs = 2_000;
export const problemsPerReportMax = 100;
/** Snapshots are stored at most this often. */
export const persistDelayMs = 1_000;
/** A temporary file this old is left over when its process is gone; this much older, in any case. */
export const leftoverMs = 60_000;
export const leftoverSureMs = 3_600_000;
/** Chunks of lists asked for at once; the core's limit. */
export const listChunksPerCallMax = 128;
/** The contents of lists beside it. */
export const listFileBytesMax = 512 * 1024 * 1024;
/** Snapshots, deltas and heartbeats that wait for the contents of lists; further ones count as lost. */
export const heldEventsMax = 1_000;
export const snapshotFileBytesMax = 64 * 1024 * 1024;
/** Default of `ready()`. */
export const readyTimeoutMs = 5_000;
/** Default of `close()`: how long the last events may take. */
export const closeTimeoutMs = 3_000;
/** The same complaint goes to the logger at most this often. */
export const logIntervalMs = 60_000;
/** Urls of one client. */
export const urlsMax = 32;
/** Refusals of events in a row before the next wait: enough to find three bad ones in a full batch. */
export const refusalsMax = 32;
/** How long events wait for more. */
export const flushIntervalDefaultMs = 5_000;
export const flushIntervalMinMs = 10;
/** NATS not connected by then: Watch serves until it is. Less than the machine's patience with a connection. */
export const natsConnectMs = 2_500;
/** A heartbeat missed over NATS, and up to so much more: Watch takes over, before the connection counts as useless (11 s). */
export const natsSilenceMs = 8_000;
export const natsSilenceSpreadMs = 2_000;
/** A message that stays incomplete for so long, at less than so many bytes a second, was damaged in its length. */
export const partialStallMs = 4_000;
export const partialBytesPerSecondMin = 256;
/** A fleet that loses NATS comes to Watch over this time. */
export const watchSpreadMs = 10_000;
/** A session lost beside a living push channel is opened anew after full jitter up to this, doubled with each failure. */
export const sessionSpreadMs = 10_000;
export const sessionSpreadMaxMs = 60_000;
/** A repair that finds no session opens one, but not sooner than this after the last attempt. */
export const summonedAgainMs = 2_000;
/** One attempt to connect to NATS. */
export const natsConnectTimeoutMs = 5_000;
/** Attempts after a failure: full jitter up to this, doubled with each failure in a row, at most the maximum. */
export const natsRetrySpreadMs = 10_000;
export const natsRetrySpreadMaxMs = 60_000;
/** Flags of which one evaluation is measured between two deliveries. */
export const measuredFlagsMax = 100;
