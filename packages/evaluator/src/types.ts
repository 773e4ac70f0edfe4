// The public types of the evaluator. Holds no logic.
import type { EvaluationContext, EvaluationDetails, JsonValue } from '@org/contract/model';
import type { MemberSet } from './lists/member-set.ts';
import type { OverlayReport } from './overlay.ts';
import type { StickyPort } from './sticky.ts';
import type { Logic } from './logic-port.ts';

/** A document as it comes from a snapshot or a delta. `document` is parsed JSON and not trusted. */
export interface EvaluatedDocument {
  readonly kind: string;
  readonly key: string;
  /** The environment's revision that last changed the document. */
  readonly revision: number;
  readonly document: unknown;
}

/** Names a document of an environment. */
export interface DocumentId {
  readonly kind: string;
  readonly key: string;
}

/** One rule that one place of a document breaks. */
export interface DocumentProblem extends DocumentId {
  /** Where in the document, e.g. `rules[2].when.values[0]`; empty for the whole document. */
  readonly path: string;
  /** Stable name, e.g. `unknown_variant`, `prerequisite_cycle`. */
  readonly rule: string;
  /** A sentence for people. */
  readonly message: string;
}

/** One possible answer of a flag. Shared by all contexts that get it, and not to be modified by anyone else. */
export interface Outcome extends EvaluationDetails<JsonValue | undefined> {
  /** Undefined when the caller's default applies. */
  readonly value: JsonValue | undefined;
  /** Dense, unique in the evaluator; a recompiled flag gets new ones. */
  readonly id: number;
  /** Dense, unique in the evaluator, the same for all outcomes of a flag for as long as the evaluator lives. */
  readonly flagId: number;
  /** Evaluations since the last drain. */
  count: number;
  /** The unit must stay out of analysis: an individual target or a local override. */
  readonly excluded: boolean;
  /** Seeing it is an exposure: a split or an overlay decided, or what keeps a unit out of an overlay that is analysed. */
  readonly exposes: boolean;
}

/** What may be given to an evaluator. It has no clock, no random source and no I/O of its own. */
export interface EvaluatorOptions {
  /** The salted hash of a literal (docs/spec/wire.md, client view). Left out: hashed literals match nothing. */
  readonly digest?: (salt: string, literal: string) => string;
  /** The clock, in milliseconds since 1970, for tests that are relative to it. Left out: those are false. */
  readonly now?: () => number;
  /** JSONLogic, where flags shall have it (`@org/evaluator/logic`). Left out: flags with logic do not compile. */
  readonly logic?: Logic;
  /**
   * The members of a list by the names of its chunks (`createMemberSet`), asked for when documents are loaded. Left out,
   * or undefined for a list: the segments that use it do not compile.
   */
  readonly members?: (chunks: readonly string[]) => MemberSet | undefined;
  /** Remembers the variants of sticky splits. Left out: they are split by the hash alone. */
  readonly sticky?: StickyPort;
  /**
   * Called by handles and `evaluate` for outcomes of splits and overlays, never for others and never for
   * prerequisites. `unitHash` is the bucketing hash as a signed 32-bit integer (`hash | 0`): engines pass that
   * without allocating. Left out: costs nothing. What it throws is ignored.
   */
  readonly onExposure?: (outcome: Outcome, context: EvaluationContext, unitHash: number) => void;
}

/** A flag resolved once. Survives every later snapshot and delta. Its methods never throw, wait or allocate. */
export interface FlagHandle<T> {
  readonly key: string;
  readonly defaultValue: T;
  /** The value for the context, or the default. */
  get(context: EvaluationContext): T;
  /** The full result; the same object for all contexts with the same outcome. */
  details(context: EvaluationContext): EvaluationDetails<T>;
}

/** A change of the evaluator's documents: an upsert replaces a document whole. */
export interface DocumentChange {
  readonly upserts: readonly EvaluatedDocument[];
  readonly deletes: readonly DocumentId[];
  readonly revision: number;
}

/** Documents compiled to answers. Synchronous and pure; nothing it does throws. */
export interface Evaluator {
  /** Of the last load or apply; -1 before the first load. */
  readonly revision: number;
  /** Replaces everything in one step. A document that does not compile disables itself only and is reported. */
  load(documents: Iterable<EvaluatedDocument>, revision: number): readonly DocumentProblem[];
  /** Applies a delta in one step; compiles only what it touches. */
  apply(change: DocumentChange): readonly DocumentProblem[];
  boolean(key: string, defaultValue: boolean): FlagHandle<boolean>;
  string(key: string, defaultValue: string): FlagHandle<string>;
  number(key: string, defaultValue: number): FlagHandle<number>;
  object<T extends JsonValue>(key: string, defaultValue: T): FlagHandle<T>;
  /** A flag of any type by key, for remote evaluation. The value is undefined where the caller's default applies. */
  evaluate(key: string, context: EvaluationContext): EvaluationDetails<JsonValue | undefined>;
  /** The keys of all flags, also of those that do not compile. */
  flagKeys(): readonly string[];
  /** Visits every outcome that was evaluated since the last drain, retired ones included, and resets its count. */
  drainCounts(visit: (outcome: Outcome, count: number) => void): void;
  /** Local overrides by flag key: reason STATIC, rule "override", excluded. Undefined or an empty map ends them. */
  setOverrides(overrides: ReadonlyMap<string, JsonValue> | undefined): void;
}

/** Hears how long an evaluation took, the reading of the clock included. Must not throw. */
export type OnMeasured = (outcome: Outcome, ms: number) => void;

/** An evaluator that says what exposures are to carry, and how long evaluations take. */
export interface ReportingEvaluator extends Evaluator {
  /** What exposures by the rule carry of their context; undefined where no overlay decides, or nobody analyses it. */
  reportOf(rule: string): OverlayReport | undefined;
  /**
   * Measures the next evaluation through each handle of the flag, once; other evaluations cost nothing. `nowMs`: a clock that
   * only goes forward. What answers everybody alike runs no program, and is not measured.
   */
  measureNext(key: string, nowMs: () => number, onMeasured: OnMeasured): void;
}

/** What a check may be given. */
export interface CheckOptions {
  /** JSONLogic, where the evaluators that will get the documents have it. Left out: logic is refused. */
  readonly logic?: Logic;
}

/** The documents a check of references looks at: the state as it would be after the change. */
export interface DocumentLookup {
  /** The parsed document, or undefined when it does not exist. */
  get(kind: string, key: string): unknown;
  /**
   * The documents that refer to this one (see `referencesOf`; of kind `layer`: the overlays in it). The state before
   * the change will do; naming too many is harmless.
   */
  dependants(kind: string, key: string): Iterable<DocumentId>;
}
