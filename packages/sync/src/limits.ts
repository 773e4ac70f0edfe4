// Every limit of the client machine, once. Single constants, because bundlers inline those.

/** Time without confirmation after which the state counts as stale. */
export const staleAfterMs = 15_000;
/** The same after which a connection counts as useless: two heartbeats are missing. Leaves time to be back before 15 s are over. */
export const uselessAfterMs = 11_000;
/** A connection that is not up by then is given up. */
export const connectTimeoutMs = 4_000;
/** After losing a connection: full jitter up to this, so that a fleet does not come back in one moment. */
export const reconnectSpreadMs = 10_000;
/** The same after silence (of 11 s, of an unanswered ping, of a connection that does not come up): it has cost time already. */
export const silenceSpreadMs = 3_000;
/** An outage longer than this is no blip: from then on at most one attempt per 30 s. */
export const longOutageMs = 120_000;
export const longOutageDelayMs = 30_000;
export const longOutageSpreadMs = 4_000;
/** How long a heartbeat that is ahead waits for deltas on their way. */
export const graceMs = 500;
/** Back-off of repairs: full jitter up to base * 2^attempts, at most the cap. */
export const repairBaseMs = 500;
export const repairCapMs = 5_000;
/** The cap when undamaged content was refused: fetching it again will hardly help. */
export const refusedCapMs = 60_000;
/** A repair counts as a further one until none was needed for this long. */
export const repairMemoryMs = 10_000;
/** A fetch that is never answered. Transports notice a dead peer earlier; this is the last resort. */
export const fetchTimeoutMs = 60_000;
/** Deltas held back until those before them arrive; more are dropped and fetched again. */
export const pendingDeltasMax = 256;
/** Asked for at a time when deltas are missing. */
export const deltasPerFetch = 256;
/** A tick later than this means that the process was blocked, and messages may be waiting unread. */
export const lateTickMs = 1_000;
/** Histories remembered after they were left. */
export const leftHistoriesMax = 8;
