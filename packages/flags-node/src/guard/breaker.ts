// The circuit breaker of one guarded function: counts calls by variant in a rolling window, and opens for a variant that fails
// while others do not. Bound to the version of the flag: what opened stays open until the flag is another one, so that it
// cannot flap. Pure: times are arguments.

/** When a breaker opens. */
export interface BreakerLimits {
  /** Length of the rolling window. */
  readonly windowMs: number;
  /** Calls of a variant in the window before it may open. */
  readonly callsMin: number;
  /** Share of failed calls from which it opens. */
  readonly errorRateMax: number;
}

export interface Breaker {
  /** Whether calls with this outcome are answered otherwise. */
  isOpen(variant: string, revision: number): boolean;
  /** Counts a call that ended. True: it opened because of this one. */
  ended(variant: string, revision: number, failed: boolean, nowMs: number): boolean;
  /** Opens at once; false when it was open. */
  open(variant: string, revision: number): boolean;
}

const bucketsPerWindow = 10;
/** Variants of one flag are at most 100. */
const variantsMax = 128;

interface Bucket {
  index: number;
  calls: number;
  failures: number;
}

interface Window {
  readonly buckets: Bucket[];
  isOpen: boolean;
}

/** Closed for everything. */
export function createBreaker({ windowMs, callsMin, errorRateMax }: BreakerLimits): Breaker {
  const bucketMs = windowMs / bucketsPerWindow;
  let windows = new Map<string, Window>();
  let version = -Infinity;

  /** Outcomes of an older version that end late say nothing of this one. */
  const windowOf = (variant: string, revision: number): Window | undefined => {
    if (revision < version) return undefined;
    if (revision > version || windows.size > variantsMax) windows = new Map();
    version = revision;
    const known = windows.get(variant);
    if (known !== undefined) return known;
    const made: Window = { buckets: [], isOpen: false };
    windows.set(variant, made);
    return made;
  };
  const sums = ({ buckets }: Window, nowMs: number): { calls: number; failures: number } => {
    const oldest = Math.floor(nowMs / bucketMs) - bucketsPerWindow;
    while (buckets[0] !== undefined && buckets[0].index <= oldest) buckets.shift();
    return buckets.reduce(
      (sum, bucket) => ({ calls: sum.calls + bucket.calls, failures: sum.failures + bucket.failures }),
      { calls: 0, failures: 0 },
    );
  };
  /** When the others fail as much, it is not the variant: to leave it would help nobody. */
  const othersFailToo = (variant: string, rate: number, nowMs: number): boolean => {
    let [calls, failures] = [0, 0];
    for (const [name, window] of windows) {
      if (name === variant) continue;
      const sum = sums(window, nowMs);
      calls += sum.calls;
      failures += sum.failures;
    }
    return calls >= callsMin && failures / calls >= rate / 2;
  };
  return {
    isOpen: (variant, revision) => revision === version && windows.get(variant)?.isOpen === true,
    ended(variant, revision, failed, nowMs) {
      const window = windowOf(variant, revision);
      if (window === undefined) return false;
      const index = Math.floor(nowMs / bucketMs);
      let last = window.buckets.at(-1);
      if (last?.index !== index) window.buckets.push((last = { index, calls: 0, failures: 0 }));
      last.calls += 1;
      last.failures += failed ? 1 : 0;
      if (!failed || window.isOpen) return false;
      const { calls, failures } = sums(window, nowMs);
      const rate = failures / calls;
      if (calls < callsMin || rate < errorRateMax || othersFailToo(variant, rate, nowMs)) return false;
      return (window.isOpen = true);
    },
    open(variant, revision) {
      const window = windowOf(variant, revision);
      if (window === undefined || window.isOpen) return false;
      return (window.isOpen = true);
    },
  };
}
