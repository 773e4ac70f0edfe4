// Time that passes only when everything due has run. For tests only.

export interface VirtualClock {
  readonly now: number;
  at(timeMs: number, run: () => void): void;
  after(ms: number, run: () => void): void;
  /** Runs what is due, in order of time and then of arrival, until nothing is due before the end. */
  runUntil(endMs: number): void;
}

interface Entry {
  readonly timeMs: number;
  readonly order: number;
  readonly run: () => void;
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order);

/** A binary heap of what is to come. Starts at 0. */
export const createVirtualClock = (): VirtualClock => {
  const heap: Entry[] = [];
  let now = 0;
  let order = 0;

  const push = (entry: Entry): void => {
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  };
  const pop = (): Entry => {
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  };

  const clock: VirtualClock = {
    get now() {
      return now;
    },
    at(timeMs, run) {
      push({ timeMs: Math.max(timeMs, now), order: order++, run });
    },
    after: (ms, run) => clock.at(now + ms, run),
    runUntil(endMs) {
      while (heap.length > 0 && heap[0]!.timeMs <= endMs) {
        const entry = pop();
        now = entry.timeMs;
        entry.run();
      }
      now = endMs;
    },
  };
  return clock;
};
