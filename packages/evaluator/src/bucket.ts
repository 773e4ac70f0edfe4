// Buckets of the 32-bit hash space, exactly (docs/spec/bucketing.md). Programs compare hashes with precomputed cuts, which
// is the same as computing the bucket. Hashes and cuts are 32 bits, whatever their sign.

const twoTo16 = 65_536;

/** `floor(hash * totalWeight / 2^32)`, exactly; hash unsigned, totalWeight up to 2,147,483,647. */
export function bucketOf(hash: number, totalWeight: number): number {
  // Two products below 2^48 instead of one of 63 bits; dividing by a power of two loses nothing.
  const low = Math.floor(((hash & 0xffff) * totalWeight) / twoTo16);
  return Math.floor(((hash >>> 16) * totalWeight + low) / twoTo16);
}

/** The smallest hash whose bucket is at least `bucket`; 0 < bucket < totalWeight. */
export function cutOf(bucket: number, totalWeight: number): number {
  let hash = Math.min(0xffffffff, Math.ceil((bucket / totalWeight) * 0x100000000));
  while (hash > 0 && bucketOf(hash - 1, totalWeight) >= bucket) hash--;
  while (bucketOf(hash, totalWeight) < bucket) hash++;
  return hash | 0;
}

/**
 * 1 when the hash, unsigned, is at or above the cut, else 0. Without a branch: which side of a cut a hash is on is what no
 * processor can predict, and a wrong guess costs more than these operations.
 */
export function isAtLeast(hash: number, cut: number): number {
  // The sign bit of: hash < cut, unsigned (H. S. Warren, Hacker's Delight, 2-12).
  // `| 0` tells engines that the difference needs no floating point.
  const below = (~hash & cut) | (~(hash ^ cut) & ((hash | 0) - (cut | 0)));
  return (below >>> 31) ^ 1;
}
