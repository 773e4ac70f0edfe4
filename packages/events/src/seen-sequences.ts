// What was seen of one SDK instance's batches: the highest sequence and the gaps below it, inside a window. Decides
// whether a batch is new, was there already, or comes too late to be told apart. Pure.

/** Sequences so far below the highest are no longer told apart. */
export const sequenceWindow = 4_096;
/** More separate gaps than this and the oldest are given up. */
export const gapsMax = 128;

/** `gaps` are inclusive ranges, in order, all of them below `highest`. */
export interface SeenSequences {
  readonly highest: number;
  /** Gaps up to here were given up: what comes from there can no longer be told apart. Absent: none were. */
  readonly givenUp?: number;
  readonly gaps: readonly (readonly [from: number, to: number])[];
}

export type SequenceVerdict = 'new' | 'duplicate' | 'too_late';

/** Judges a batch and answers what has been seen afterwards. `seen` undefined: the first batch of the instance. */
export function takeSequence(
  seen: SeenSequences | undefined,
  sequence: number,
): { readonly verdict: SequenceVerdict; readonly seen: SeenSequences } {
  // The first batch to arrive need not be the first that was sent.
  const before = seen ?? { highest: -1, gaps: [] };
  if (sequence > before.highest) return { verdict: 'new', seen: advance(before, sequence) };
  const index = before.gaps.findIndex(([from, to]) => from <= sequence && sequence <= to);
  const gap = before.gaps[index];
  if (gap === undefined) {
    const untold = Math.max(before.highest - sequenceWindow, before.givenUp ?? -1);
    return { verdict: sequence <= untold ? 'too_late' : 'duplicate', seen: before };
  }
  const [from, to] = gap;
  const rest = [[from, sequence - 1] as const, [sequence + 1, to] as const].filter(
    ([low, high]) => low <= high,
  );
  return { verdict: 'new', seen: { ...before, gaps: before.gaps.toSpliced(index, 1, ...rest) } };
}

function advance(before: SeenSequences, sequence: number): SeenSequences {
  const oldest = Math.max(0, sequence - sequenceWindow + 1);
  const gaps =
    before.highest + 1 <= sequence - 1
      ? [...before.gaps, [before.highest + 1, sequence - 1] as const]
      : before.gaps;
  const inWindow = gaps
    .filter(([, to]) => to >= oldest)
    .map(([from, to]) => [Math.max(from, oldest), to] as const);
  const givenUp = inWindow.at(-gapsMax - 1)?.[1] ?? before.givenUp;
  const kept = inWindow.slice(-gapsMax);
  return { highest: sequence, gaps: kept, ...(givenUp !== undefined && { givenUp }) };
}

/** Everything up to here was seen or given up: analytics may close what lies below. */
export const watermarkOf = ({ highest, gaps }: SeenSequences): number => (gaps[0]?.[0] ?? highest + 1) - 1;
