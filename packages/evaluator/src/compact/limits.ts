// Numbers of the compact evaluator. A file without imports: bundlers write its numbers in place.

/** Steps of one evaluation, segments and prerequisites included: no document can hang a page. */
export const stepsMax = 100_000;
export const overlayBuckets = 100_000;
/** Text beyond this length is never matched by a string operator, a longer list by none on lists. */
export const subjectCharsMax = 4_096;
export const subjectElementsMax = 1_000;
