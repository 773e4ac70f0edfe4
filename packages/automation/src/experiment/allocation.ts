// Which buckets an experiment takes: its own, or those its layer has left. Pure.
import { overlayBuckets, type BucketRange } from '@org/contract/model';

/** Buckets that ranges hold. */
export const bucketsIn = (ranges: readonly BucketRange[]): number =>
  ranges.reduce((sum, { from, to }) => sum + to - from, 0);

/**
 * Ranges with `buckets` buckets that contain `held` (units once in stay in) and nothing of `taken`. Undefined when there
 * are not as many left, or when it would have to shrink.
 */
export function allocate(
  buckets: number,
  held: readonly BucketRange[],
  taken: readonly BucketRange[],
): readonly BucketRange[] | undefined {
  let missing = buckets - bucketsIn(held);
  if (missing < 0) return undefined;
  const ranges = [...held];
  for (const free of gaps([...held, ...taken])) {
    if (missing === 0) break;
    const to = Math.min(free.to, free.from + missing);
    ranges.push({ from: free.from, to });
    missing -= to - free.from;
  }
  return missing === 0 ? joined(ranges) : undefined;
}

/** What the ranges leave free, in order. */
function gaps(ranges: readonly BucketRange[]): readonly BucketRange[] {
  const free: BucketRange[] = [];
  let next = 0;
  for (const { from, to } of joined(ranges)) {
    if (from > next) free.push({ from: next, to: from });
    next = Math.max(next, to);
  }
  return next < overlayBuckets ? [...free, { from: next, to: overlayBuckets }] : free;
}

/** In order, with ranges that touch made one. */
function joined(ranges: readonly BucketRange[]): readonly BucketRange[] {
  const result: BucketRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (range.from === range.to) continue;
    if (last !== undefined && range.from <= last.to)
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    else result.push(range);
  }
  return result;
}
