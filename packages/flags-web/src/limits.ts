// Every number of the browser SDK that has an import beside it: the bundler writes the numbers of this file in place.

/** Unary calls that take longer are given up. */
export const callTimeoutMs = 30_000;
/** Pairs of salt and literal remembered; a page seldom has more than its context's attributes. */
export const rememberedMax = 256;
/** Events held, and characters of one; what is beyond is dropped and counted. */
export const heldMax = 2_000;
export const eventCharsMax = 8_192;
/** Whatever they are, less than the 64 kB that browsers take at the end of a page, and than the server's 500 events. */
export const batchCharsMax = 16_384;
/** Also the wait before a batch is sent again: spread, and the same for ever. */
export const intervalMs = 10_000;
/** Pairs of flag and unit whose last exposure is remembered. */
export const seenMax = 4_096;
/** Changes come in bursts, and storing takes milliseconds. */
export const storeAfterMs = 300;
/** A living leader answers at once, a frozen one never. */
export const leaderAnswersWithinMs = 3_000;
export const checksumChars = 16;
/** Variants remembered for sticky splits. */
export const stickyMax = 500;
/** Characters of a text that an exposure reports of its context. */
export const reportedCharsMax = 256;
