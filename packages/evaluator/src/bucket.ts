// Buckets of the 32-bit hash space, exactly (docs/spec/bucketing.md). Programs compare hashes with precomputed cuts, which
// is the same as computing the bucket. Cuts and hashes are in "ordered" form: unsigned order as signed 32-bit integers.

const twoTo16 = 65_536;
const signBit = 0x80000000 | 0;

/** `floor(hash * totalWeight / 2^32)`, exactly; hash unsigned, totalWeight up to 2,147,483,647. */
export function bucketOf(hash: number, totalWeight: number): number {
  // Two products below 2^48 instead of one of 63 bits; dividing by a power of two loses nothing.
  const low = Math.floor(((hash & 0xffff) * totalWeight) / twoTo16);
  return Math.floor(((hash >>> 16) * totalWeight + low) / twoTo16);
}

/** A signed hash in ordered form. */
export function ordered(hash: number): number {
  return hash ^ signBit;
}

/** The smallest hash, in ordered form, whose bucket is at least `bucket`; 0 < bucket < totalWeight. */
export function cutOf(bucket: number, totalWeight: number): number {
  let hash = Math.min(0xffffffff, Math.ceil((bucket / totalWeight) * 0x100000000));
  while (hash > 0 && bucketOf(hash - 1, totalWeight) >= bucket) hash--;
  while (bucketOf(hash, totalWeight) < bucket) hash++;
  return ordered(hash | 0);
}
