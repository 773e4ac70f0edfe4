// What a run with faults left behind: what was asked of the cores, what they acknowledged, what clients saw. Data only.

/**
 * One attempt to commit: a pair of flags is set to the same number. Without `revision` the outcome is unknown: it may
 * have been committed or not.
 */
export interface CommitRecord {
  readonly number: number;
  readonly revision?: number;
}

/** What one client saw at one moment: the revision it runs and what the pair of flags answers. */
export interface Sighting {
  readonly client: string;
  readonly historyId: string;
  readonly revision: number;
  readonly first: number;
  readonly second: number;
}

/** Where a client stands when all is over. */
export interface FinalState {
  readonly client: string;
  readonly revision: number;
  readonly hash: string;
}

/** A whole run. */
export interface History {
  readonly commits: readonly CommitRecord[];
  /** In the order each client saw them. */
  readonly sightings: readonly Sighting[];
  readonly finals: readonly FinalState[];
  /** What the core holds at the end: its head and the number that each revision set. */
  readonly core: {
    readonly revision: number;
    readonly hash: string;
    /** Index r holds the number set by revision r; undefined where a revision did not touch the pair. */
    readonly numbers: ReadonlyMap<number, number>;
  };
}

/** One broken guarantee, in words. */
export interface Breach {
  readonly guarantee: string;
  readonly detail: string;
}
