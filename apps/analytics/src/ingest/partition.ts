// The 64 fixed virtual partitions of units. Fixed for ever: sums are taken inside a partition and merged in the order of
// the partitions, so that results do not depend on how many processes share them.
import { murmur3 } from '@org/evaluator';

export const partitionCount = 64;
const shift = 32 - 6;

/** The partition of a unit's key: the top six bits of its hash. */
export const partitionOf = (unit: string): number => murmur3(unit) >>> shift;
