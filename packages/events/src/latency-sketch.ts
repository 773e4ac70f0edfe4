// Durations as a DDSketch (Masson, Rim, Lee 2019): counts in buckets that grow by a constant factor, so that every quantile
// is right to 1 % of itself. Sketches add up exactly, in any order. Pure; holds at most 1,153 buckets.

/** A quantile differs from the true one by at most this share of it, between `sketchMsMin` and `sketchMsMax`. */
export const sketchAccuracy = 0.01;
/** Shorter durations count as 0, longer ones as `sketchMsMax`. */
export const sketchMsMin = 1e-4;
export const sketchMsMax = 1e6;

const gamma = (1 + sketchAccuracy) / (1 - sketchAccuracy);
const perLog = 1 / Math.log(gamma);

const indexOf = (ms: number): number => Math.ceil(Math.log(ms) * perLog);

/** The least and the greatest index of a bucket. */
export const sketchIndexMin = indexOf(sketchMsMin);
export const sketchIndexMax = indexOf(sketchMsMax);

/** A sketch at rest, in the shape of proto flags.v1.LatencySketch: bucket i counts durations in (gamma^(i-1), gamma^i] ms. */
export interface LatencySketch {
  /** Ascending. */
  readonly indices: number[];
  /** Of the bucket at the same place. */
  readonly counts: number[];
  /** Durations too short to tell from 0. */
  readonly zeros: number;
}

/** A sketch that grows. */
export interface LatencyTally {
  readonly count: number;
  /** Counts a duration; what is no number from 0 on counts as 0. */
  add(ms: number): void;
  /** Counts all of another sketch. */
  merge(sketch: LatencySketch): void;
  /** The duration that a share of all is not above; undefined while there is none. */
  quantile(share: number): number | undefined;
  toSketch(): LatencySketch;
}

/** Empty. */
export const createLatencyTally = (): LatencyTally => {
  const buckets = new Map<number, number>();
  let zeros = 0;
  let count = 0;
  const put = (index: number, times: number): void => {
    const within = Math.min(sketchIndexMax, Math.max(sketchIndexMin, index));
    buckets.set(within, (buckets.get(within) ?? 0) + times);
    count += times;
  };
  const ascending = (): [index: number, count: number][] => [...buckets].sort(([a], [b]) => a - b);
  return {
    get count() {
      return count;
    },
    add(ms) {
      if (ms >= sketchMsMin) return put(indexOf(Math.min(ms, sketchMsMax)), 1);
      zeros += 1;
      count += 1;
    },
    merge(sketch) {
      zeros += sketch.zeros;
      count += sketch.zeros;
      sketch.indices.forEach((index, at) => put(index, sketch.counts[at] ?? 0));
    },
    quantile(share) {
      if (count === 0) return undefined;
      const rank = Math.min(1, Math.max(0, share)) * (count - 1);
      let below = zeros;
      if (below > rank) return 0;
      for (const [index, times] of ascending()) {
        below += times;
        // The middle of the bucket, in the sense of relative error.
        if (below > rank) return (2 * gamma ** index) / (gamma + 1);
      }
      return 0;
    },
    toSketch() {
      const sorted = ascending();
      return { indices: sorted.map(([index]) => index), counts: sorted.map(([, times]) => times), zeros };
    },
  };
};
