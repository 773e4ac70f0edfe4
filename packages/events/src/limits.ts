// Every limit of event recording, once. Those of a batch are the contract's (@org/contract/limits).

/** Events held, those of the batch under way included. */
export const queueEventsMax = 10_000;
export const queueBytesMax = 4 * 1024 * 1024;
export const batchEventsMax = 500;
/** Far below the 1 MiB a core takes: sizes here are estimates. */
export const batchBytesMax = 512 * 1024;
export const attributesBytesMax = 4 * 1024;
export const attributesDepthMax = 16;
/** Outcomes counted apart between two deliveries; more are dropped and counted. */
export const countsMax = 10_000;
/** Windows of guarded calls, one for each outcome and minute, that wait to be told; calls beyond them are dropped and counted. */
export const callWindowsMax = 2_000;
/** Attributes of an exposure: only those an overlay's `report` names, and of these no more, and texts no longer. */
export const reportedMax = 10;
export const reportedCharsMax = 256;
/** Units of one event (kinds of one context), and characters of one unit key; others are left out. */
export const unitsMax = 16;
export const unitCharsMax = 1_024;
export const nameCharsMax = 256;
/** Times outside of these years are a broken clock's, and would have a batch refused. */
export const timeMsMin = Date.UTC(2000, 0, 1);
export const timeMsMax = Date.UTC(2199, 0, 1);
/** Repeating a batch: full jitter up to base * 2^attempts, at most the cap. The batch stays the same, so it is idempotent. */
export const retryBaseMs = 1_000;
export const retryCapMs = 60_000;
/** Counts are told at most this often, unless a flush is asked for. */
export const countIntervalMs = 60_000;
/** Guarded calls are told at most this often: guardrails wait for them. */
export const callIntervalMs = 5_000;
