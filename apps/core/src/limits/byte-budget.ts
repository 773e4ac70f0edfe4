// A shared budget of bytes held in memory for others: request bodies being read, snapshots not yet taken by slow readers.

export interface ByteBudget {
  /** Takes bytes if they fit; false takes nothing. */
  take(bytes: number): boolean;
  give(bytes: number): void;
  readonly used: number;
}

/** One holder may always go over `bytesMax` when nothing else is held, so that a single large snapshot is possible. */
export function createByteBudget(bytesMax: number): ByteBudget {
  let used = 0;
  return {
    take(bytes) {
      if (used > 0 && used + bytes > bytesMax) return false;
      used += bytes;
      return true;
    },
    give(bytes) {
      used -= bytes;
    },
    get used() {
      return used;
    },
  };
}

/** What one holder has taken of a budget, given back all at once. */
export interface ByteLease {
  take(bytes: number): boolean;
  /** Gives back what was taken since the last time. */
  release(): void;
}

/** An empty lease. */
export function leaseFrom(budget: ByteBudget): ByteLease {
  let held = 0;
  return {
    take(bytes) {
      if (!budget.take(bytes)) return false;
      held += bytes;
      return true;
    },
    release() {
      budget.give(held);
      held = 0;
    },
  };
}
