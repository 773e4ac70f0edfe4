// Evidence that events (errors, slow calls) are more frequent with the variant than without: an e-process of counts. Exact for
// rare events, for any split, and for anyone who looks after each event; conditions on how many events there were. Pure.

/** Calls of one group, and how many of them (or of its units, each once a minute) had the event. */
export interface RateCounts {
  readonly calls: number;
  readonly events: number;
}

/**
 * What has been seen so far: log likelihood ratios of each alternative, from the start of the rollout and of each stage on.
 * A plain value; keep it between looks.
 */
export interface RateEvidence {
  readonly processes: readonly (readonly number[])[];
  /** Sums of the stage, for people and for the shares of the groups. */
  readonly variant: RateCounts;
  readonly others: RateCounts;
}

/** How many times as frequent events may be; what is seen says which. Weights add up to 1. */
const alternatives = [
  { ratio: 1.25, weight: 0.05 },
  { ratio: 1.5, weight: 0.1 },
  { ratio: 2, weight: 0.25 },
  { ratio: 3, weight: 0.28 },
  { ratio: 6, weight: 0.17 },
  { ratio: 15, weight: 0.07 },
  { ratio: 50, weight: 0.04 },
  { ratio: 200, weight: 0.04 },
] as const;
/** Most harm is there from the start. */
const fromStart = 0.75;
const logWeights = alternatives.map(({ weight }) => Math.log(weight));
const zeros: readonly number[] = alternatives.map(() => 0);
const nobody: RateCounts = { calls: 0, events: 0 };

/** Before the first look. */
export const noEvidence: RateEvidence = { processes: [zeros], variant: nobody, others: nobody };

/** A stage begins: shares are new, what is known stays. `stages` starts are followed at most. */
export const nextStageEvidence = ({ processes }: RateEvidence): RateEvidence => ({
  processes: [...processes, zeros],
  variant: nobody,
  others: nobody,
});

/**
 * Adds what was counted since the last look. `margin`: how much more frequent (relative) events may be. Given an event, it
 * falls into the variant's group by the share of its calls, if nothing is wrong: each event multiplies each process by a ratio
 * with mean at most 1, whatever the rate of all of them does over time.
 */
export function addCounts(
  past: RateEvidence,
  variant: RateCounts,
  others: RateCounts,
  margin = 0,
): RateEvidence {
  const sums = { variant: plus(past.variant, variant), others: plus(past.others, others) };
  const { calls: own } = sums.variant;
  const { calls: rest } = sums.others;
  const events = variant.events + others.events;
  if (own === 0 || rest === 0 || events === 0) return { processes: past.processes, ...sums };
  const null0 = own * (1 + margin);
  const p0 = null0 / (null0 + rest);
  const gains = alternatives.map(({ ratio }) => {
    const p = (null0 * ratio) / (null0 * ratio + rest);
    return variant.events * Math.log(p / p0) + others.events * Math.log((1 - p) / (1 - p0));
  });
  return {
    processes: past.processes.map((logs) => logs.map((log, index) => log + gains[index]!)),
    ...sums,
  };
}

/**
 * log of the e-value over all processes: the one from the start on weighs three quarters, those of the `stages` share the rest.
 * It exceeds log(1/alpha) at any time with probability at most alpha, if the variant is no worse than the margin.
 */
export function logEvidence({ processes }: RateEvidence, stages: number): number {
  const share = Math.log((1 - fromStart) / Math.max(1, stages - 1));
  const parts = processes.map((logs, index) => {
    // A stage whose turn has not come stands for an e-value of 1.
    const log = sumOfLogs(logs.map((value, at) => value + logWeights[at]!));
    return (index === 0 ? (stages > 1 ? Math.log(fromStart) : 0) : share) + log;
  });
  const waiting = Math.max(0, stages - processes.length);
  if (waiting > 0) parts.push(share + Math.log(waiting));
  return sumOfLogs(parts);
}

const plus = (a: RateCounts, b: RateCounts): RateCounts => ({
  calls: a.calls + b.calls,
  events: a.events + b.events,
});

function sumOfLogs(logs: readonly number[]): number {
  const max = Math.max(...logs);
  return max === -Infinity ? max : max + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - max), 0));
}

/**
 * Evidence against "at most `rateMax` of the calls": for stages without anybody to compare with. The alternatives are the same
 * multiples of the bound, as far as they are rates.
 */
export function absoluteGains({ calls, events }: RateCounts, rateMax: number): readonly number[] {
  const bound = Math.min(Math.max(rateMax, 1e-9), 1 - 1e-9);
  const hits = Math.min(events, calls);
  return alternatives.map(({ ratio }) => {
    // Ratios of odds: a rate of 60 % has no double.
    const odds = (ratio * bound) / (1 - bound);
    const p = odds / (1 + odds);
    return hits * Math.log(p / bound) + (calls - hits) * Math.log((1 - p) / (1 - bound));
  });
}

/** Adds calls that are judged by a bound. */
export const addAgainstBound = (past: RateEvidence, counts: RateCounts, rateMax: number): RateEvidence => {
  const gains = absoluteGains(counts, rateMax);
  return {
    processes: past.processes.map((logs) => logs.map((log, index) => log + gains[index]!)),
    variant: plus(past.variant, counts),
    others: past.others,
  };
};
