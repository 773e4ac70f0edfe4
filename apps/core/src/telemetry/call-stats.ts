// Counts and durations of calls, per method and code, in plain numbers: cheap enough for every call.

/** Upper bounds of the duration buckets in seconds. */
export const durationBounds = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

const codesMax = 17;

/** What is known about the calls of one method over one transport. */
export interface MethodStats {
  readonly method: string;
  readonly transport: 'grpc' | 'http';
  /** Calls by google.rpc.Code. */
  readonly byCode: Float64Array;
  /** Calls by duration bucket; the last one is unbounded. */
  readonly byDuration: Float64Array;
  secondsSum: number;
}

export function createMethodStats(method: string, transport: MethodStats['transport']): MethodStats {
  return {
    method,
    transport,
    byCode: new Float64Array(codesMax),
    byDuration: new Float64Array(durationBounds.length + 1),
    secondsSum: 0,
  };
}

/** Adds one call. */
export function countCall(stats: MethodStats, code: number, durationMs: number): void {
  const seconds = durationMs / 1000;
  let bucket = 0;
  while (bucket < durationBounds.length && seconds > durationBounds[bucket]!) bucket++;
  stats.byCode[code]! += 1;
  stats.byDuration[bucket]! += 1;
  stats.secondsSum += seconds;
}
