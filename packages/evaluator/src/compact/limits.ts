// Numbers of the compact evaluator. A file without imports: bundlers write its numbers in place.

/** Steps of one evaluation, segments and prerequisites included: no document can hang a page. */
export const stepsMax = 100_000;
export const overlayBuckets = 100_000;
