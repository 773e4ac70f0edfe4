// The evaluator for browsers: the same interface and answers as the package's main entry, in a fraction of its size and
// without the checks of the commit path.
export type * from '../types.ts';
export { bucketOf } from '../bucket.ts';
export { createEvaluator, type CompactEvaluator } from './evaluator.ts';
export { murmur3 } from './murmur3.ts';
export { readAttribute, readUnit } from './read.ts';
