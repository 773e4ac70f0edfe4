// The authored documents of an environment. Every one has a key that is unique among its kind. Holds no logic.
import type { Alert } from './alerts.ts';
import type { Config, ConfigPatch } from './configs.ts';
import type { Expression, HashSalt } from './expression.ts';
import type { Experiment, Holdout, Metric } from './experiments.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { Evolution } from './evolution.ts';
import type { Breaker, Rollout } from './rollouts.ts';

/** The type of a flag's values, as applications ask for them. */
export type FlagType = 'boolean' | 'string' | 'number' | 'object';
/**
 * The type of a flag as authored. A kill switch is a boolean flag that answers everybody the same: on until it is killed,
 * off until it is revived. Only Kill flips it.
 */
export type AuthoredFlagType = FlagType | 'kill_switch';

/** A feature flag. Order of evaluation: docs/spec/evaluation.md. */
export interface Flag {
  readonly type: AuthoredFlagType;
  /** False: everybody gets the off variant. */
  readonly enabled: boolean;
  /** Set and ended by Kill only; other commits leave it as it is. Overrides everything. */
  readonly killed?: boolean;
  /** Values by variant name; all of the flag's type; 1 to 100 of them. */
  readonly variants: { readonly [variant: string]: JsonValue };
  /** Served while disabled, killed or with a failed prerequisite. Left out: the caller's default. */
  readonly offVariant?: string;
  /** JSON Schema (draft 2020-12) of the values: every variant is checked against it at commit (docs/flags.md). */
  readonly schema?: JsonObject;
  /** Served when nothing else applies. Left out: the caller's default with reason DEFAULT. */
  readonly default?: Serve;
  /** Individual targets, before every rule. */
  readonly targets?: readonly Target[];
  readonly rules?: readonly Rule[];
  readonly prerequisites?: readonly Prerequisite[];
  /** True: browsers get it. */
  readonly clientVisible?: boolean;
  /** With clientVisible: browsers do not get its rules; they ask the server. */
  readonly remoteEvaluation?: boolean;
  readonly description?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
  /** True: it stays in the code on purpose, and is never called stale. */
  readonly permanent?: boolean;
  readonly metadata?: JsonObject;
}

/** A variant, or a split of the units over variants. */
export type Serve = { readonly variant: string } | { readonly split: Split };

/** What a rule serves: also what JSONLogic answers. Nothing (null) leaves it to the next rule. */
export type RuleServe = Serve | LogicServe;

/**
 * The variant that a JSONLogic tree names, with flagd's operators and meaning (docs/spec/logic.md). Not for browsers: a
 * client-visible flag with logic is evaluated remotely.
 */
export interface LogicServe {
  readonly logic: JsonValue;
}

/** A percentage split by hash. */
export interface Split {
  /** In serving order; integers ≥ 0 with a sum of 1 to 2,147,483,647. Use a sum of 100,000 for steps of 0.001 %. */
  readonly weights: readonly Weight[];
  /** The attribute whose value is the unit. Left out: targetingKey. */
  readonly by?: string | readonly string[];
  readonly kind?: string;
  /** Left out: the flag's key. The empty text is a salt, too. */
  readonly salt?: string;
  /** True: units keep the variant they were given first, where the SDK can remember it (docs/flags.md). */
  readonly sticky?: boolean;
  /** Left out: "murmur3-v2" (docs/spec/bucketing.md). */
  readonly algorithm?: 'murmur3-v2';
}

export interface Weight {
  readonly variant: string;
  readonly weight: number;
}

/** Units that get a variant whatever the rules say. */
export interface Target {
  readonly variant: string;
  readonly kind?: string;
  /** Targeting keys; in the view for browsers salted hashes of them. */
  readonly keys: readonly string[];
  readonly hashed?: HashSalt;
}

export interface Rule {
  /** Unique in the flag. */
  readonly id: string;
  readonly description?: string;
  readonly when: Expression;
  readonly serve: RuleServe;
}

/** The other flag must serve one of the variants, else this flag is off. */
export interface Prerequisite {
  readonly flag: string;
  readonly variants: readonly string[];
}

/** A named, reusable condition. */
export interface Segment {
  readonly description?: string;
  readonly when: Expression;
  /** Keys that always belong, and keys that never do; excluded wins. Of context kind `kind`, `user` when left out. */
  readonly included?: readonly string[];
  readonly excluded?: readonly string[];
  /** The same by lists, for more keys than fit a document: at most 20 each. Not for browsers. */
  readonly includedLists?: readonly string[];
  readonly excludedLists?: readonly string[];
  readonly kind?: string;
  readonly hashed?: HashSalt;
  /** True: flags that browsers get may use it. */
  readonly clientVisible?: boolean;
  readonly owner?: string;
  readonly tags?: readonly string[];
}

/**
 * Targeting keys by the hundred thousand. Its members are changed by CommitList, and lie in chunks beside the document:
 * SDKs of servers fetch those that changed (docs/spec/lists.md).
 */
export interface List {
  /** Members, at most 1,048,576. */
  readonly count: number;
  /** The names of the chunks, by the upper bits of the members' hashes; "" for an empty one. */
  readonly chunks: readonly string[];
  readonly description?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
}

/**
 * A change of a flag or config for a share of the units, on top of its own rules: the one mechanism behind experiments,
 * rollouts, shadowing and mutations. At most one live overlay per target, unless they share a layer; inside a layer
 * the ranges of all overlays are disjoint.
 */
export interface Overlay {
  readonly target: OverlayTarget;
  readonly patch: OverlayPatch;
  /** Only contexts that fulfil it are in. Left out: all. */
  readonly eligibility?: Expression;
  /** Overlays of one layer share the salt (the layer's name), so that their ranges can exclude each other. */
  readonly layer?: string;
  /** Left out: the layer, else the overlay's key. */
  readonly salt?: string;
  readonly by?: string | readonly string[];
  readonly kind?: string;
  /** Buckets of 100,000: from (inclusive) to (exclusive). A unit is in when its bucket is in one of them. */
  readonly ranges: readonly BucketRange[];
  /** Shadow overlays are evaluated beside the live result and never served. */
  readonly mode: 'live' | 'shadow';
  /**
   * Somebody analyses its exposures: those carry these attributes of the unit's context kind (texts, numbers, booleans), and
   * nothing else of the context; units that are individually targeted or overridden are told as excluded. At most 10.
   */
  readonly report?: readonly string[];
  readonly description?: string;
}

export interface BucketRange {
  readonly from: number;
  readonly to: number;
}

/** What an overlay or an experiment is about. */
export interface OverlayTarget {
  readonly kind: 'flag' | 'config';
  readonly key: string;
}

/** What the overlay serves instead, or how it changes the config. */
export type OverlayPatch = FlagOverlayPatch | ConfigOverlayPatch | ConfigSplitPatch;

/** Of a flag: one of its variants, or a split of them. */
export interface FlagOverlayPatch {
  readonly serve: Serve;
}

/** Of a config: the same for all units of the overlay. Exposures call it the variant "patch". */
export interface ConfigOverlayPatch {
  readonly configPatch: ConfigPatch;
  readonly serve?: undefined;
}

/** Of a config: patches by variant, and who gets which. An empty patch leaves the config as it is. */
export interface ConfigSplitPatch {
  readonly configPatches: { readonly [variant: string]: ConfigPatch };
  readonly serve: Serve;
}

/** Buckets of an overlay: 0.001 % each. */
export const overlayBuckets = 100_000;

/**
 * Changes to commit at a time, or again and again: either `at` or `recurrence`. Executed by the server's runner, once for
 * each time, in one commit that removes the schedule after its last run.
 */
export interface Schedule {
  /** RFC 3339 with offset, e.g. "2027-01-01T09:00:00+01:00". */
  readonly at?: string;
  readonly recurrence?: Recurrence;
  /** True: nothing runs. A recurring schedule goes on with its next time, one for a time past runs as soon as it may. */
  readonly paused?: boolean;
  readonly changes: readonly ScheduledChange[];
  readonly reason?: string;
  readonly author?: string;
  /** Written by the runner when the changes could not be committed. The schedule then waits for its author. */
  readonly failed?: { readonly at: string; readonly message: string };
  /** Written by the runner: the time that was due, and when it was done. */
  readonly lastRun?: { readonly dueAt: string; readonly at: string };
}

/** The times of a recurring schedule, as a clock on the wall of the time zone shows them (docs/schedules.md). */
export interface Recurrence {
  /** Five fields: minute, hour, day of month, month, day of week. E.g. "0 9 * * MON-FRI". */
  readonly cron: string;
  /** IANA name, e.g. "Europe/Berlin". */
  readonly timeZone: string;
  /** No runs before, and none after: RFC 3339 with offset. */
  readonly startsAt?: string;
  readonly endsAt?: string;
}

export interface ScheduledChange {
  readonly kind: 'flag' | 'segment' | 'overlay' | 'config';
  readonly key: string;
  /** The new document, whole; null removes it. */
  readonly document: JsonObject | null;
  /** Fails when the document is no longer at this revision. Left out: whatever is there is overwritten. */
  readonly expectedDocumentRevision?: number;
}

/** The kinds of documents. SDKs receive flags, segments, overlays, lists and configs. */
export interface DocumentKinds {
  readonly flag: Flag;
  readonly segment: Segment;
  readonly overlay: Overlay;
  readonly schedule: Schedule;
  readonly list: List;
  readonly metric: Metric;
  readonly experiment: Experiment;
  readonly holdout: Holdout;
  readonly config: Config;
  readonly rollout: Rollout;
  readonly breaker: Breaker;
  readonly alert: Alert;
  readonly evolution: Evolution;
}
export type DocumentKind = keyof DocumentKinds;
export const documentKinds = [
  'flag',
  'segment',
  'overlay',
  'schedule',
  'list',
  'metric',
  'experiment',
  'holdout',
  'config',
  'rollout',
  'breaker',
  'alert',
  'evolution',
] as const satisfies readonly DocumentKind[];
/** What an SDK knows; others it skips and reports nothing. */
export const evaluatedKinds = [
  'flag',
  'segment',
  'overlay',
  'list',
  'config',
] as const satisfies readonly DocumentKind[];
