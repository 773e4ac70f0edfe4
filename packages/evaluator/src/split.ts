// Splits at work: the hash of a unit, and the outcome of the share it falls into. Compiled in serve.ts. Methods, and helpers
// in this very file, for the reason given in step.ts.
import type { Attributes } from './attributes.ts';
import { limits } from './limits.ts';
import type { HashPrefix } from './murmur3.ts';
import type { OutcomeRecord } from './outcome.ts';

/** The hash of the unit, signed; undefined when the unit is missing. */
export type HashUnit = (user: Attributes, context: unknown, strict: boolean) => number | undefined;
/** Undefined when it is left to the next step. */
export type Decide = (user: Attributes, context: unknown, strict: boolean) => OutcomeRecord | undefined;

/** Where the last unit hash is left for whoever records exposures. */
export interface HashProbe {
  last: number;
}

/** How a split or an overlay hashes its unit. */
export interface UnitHash {
  readonly hash: HashUnit;
  /** The salt, when the unit is the user's targeting key: the commonest unit is hashed without a call of `hash`. */
  readonly keyPrefix: HashPrefix | undefined;
}

const { unitCharsMax } = limits;

/** Weights as cuts of the hash space; the last outcome takes what lies above all cuts. */
export class Split {
  readonly keyPrefix: HashPrefix | undefined;
  readonly cut0: number;
  readonly cut1: number;
  readonly outcomes: readonly OutcomeRecord[];
  readonly probe: HashProbe;
  readonly hash: HashUnit;
  /** All cuts, when there are more than two. */
  readonly cuts: readonly number[] | undefined;

  constructor(
    { hash, keyPrefix }: UnitHash,
    cuts: readonly number[],
    outcomes: readonly OutcomeRecord[],
    probe: HashProbe,
  ) {
    this.keyPrefix = keyPrefix;
    // Absent cuts repeat the first, with an outcome between them that nobody gets: always two, without a branch.
    const [cut0 = 0, cut1 = cut0] = cuts;
    this.cut0 = cut0;
    this.cut1 = cut1;
    this.outcomes = cuts.length < 2 ? [outcomes[0]!, outcomes[0]!, outcomes.at(-1)!] : outcomes;
    this.probe = probe;
    this.hash = hash;
    this.cuts = cuts.length > 2 ? cuts : undefined;
  }

  /** The outcome of the unit's share; undefined when the unit is missing. */
  decide(user: Attributes, context: unknown, strict: boolean): OutcomeRecord | undefined {
    const { keyPrefix } = this;
    const key = keyPrefix === undefined || strict ? undefined : user['targetingKey'];
    const unitHash =
      // One comparison for both ends, because 0 - 1 is the largest unsigned number.
      typeof key === 'string' && (key.length - 1) >>> 0 < unitCharsMax
        ? keyPrefix!.hashText(key)
        : this.hash(user, context, strict);
    if (unitHash === undefined) return undefined;
    this.probe.last = unitHash;
    if (this.cuts !== undefined) return this.decideAmongMany(unitHash);
    return this.outcomes[isAtLeast(unitHash, this.cut0) + isAtLeast(unitHash, this.cut1)];
  }

  decideAmongMany(unitHash: number): OutcomeRecord | undefined {
    const cuts = this.cuts!;
    let variant = 0;
    for (let i = 0; i < cuts.length; i++) variant += isAtLeast(unitHash, cuts[i]!);
    return this.outcomes[variant];
  }
}

/** As `isAtLeast` of bucket.ts. */
const isAtLeast = (hash: number, cut: number): number =>
  (((~hash & cut) | (~(hash ^ cut) & ((hash | 0) - (cut | 0)))) >>> 31) ^ 1;
