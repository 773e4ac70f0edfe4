// The possible answers of a flag, made once when the flag is compiled, so that answering allocates nothing.
import type { ErrorCode, EvaluationDetails, JsonValue, Reason } from '@org/contract/model';
import type { Outcome } from './types.ts';

/** What an outcome says, before it has its identity. */
export interface OutcomeFields {
  readonly reason: Reason;
  /** Undefined together with `variant`: the caller's default applies. */
  readonly value?: JsonValue | undefined;
  readonly variant?: string | undefined;
  readonly rule?: string | undefined;
  readonly errorCode?: ErrorCode | undefined;
  readonly errorMessage?: string | undefined;
  readonly excluded?: boolean;
  readonly exposes?: boolean;
  /** Served because the flag is off: never fulfils a prerequisite. */
  readonly off?: boolean;
}

/** Whose outcomes they are. */
export interface OutcomeOwner {
  readonly flagKey: string;
  readonly flagId: number;
  readonly revision: number;
  readonly ids: OutcomeIds;
}

/** The next free outcome id of an evaluator. */
export interface OutcomeIds {
  next: number;
}

/** The one class of all outcomes: evaluation reads `value` and `count` at the same place in each. */
export class OutcomeRecord implements Outcome {
  count: number;
  readonly value: JsonValue | undefined;
  readonly exposes: boolean;
  readonly off: boolean;
  readonly excluded: boolean;
  readonly id: number;
  readonly flagId: number;
  readonly flagKey: string;
  readonly revision: number;
  readonly reason: Reason;
  /** What applications see of it, made when the first asks: frozen, because all share it. */
  details: EvaluationDetails | undefined = undefined;
  declare readonly variant?: string;
  declare readonly rule?: string;
  declare readonly errorCode?: ErrorCode;
  declare readonly errorMessage?: string;

  constructor(owner: OutcomeOwner, fields: OutcomeFields) {
    this.count = 0;
    // First undefined: a field that has only ever held numbers is stored unboxed, and every load of it would allocate.
    this.value = undefined;
    this.value = fields.value;
    this.exposes = fields.exposes ?? false;
    this.off = fields.off ?? false;
    this.excluded = fields.excluded ?? false;
    this.id = owner.ids.next++;
    this.flagId = owner.flagId;
    this.flagKey = owner.flagKey;
    this.revision = owner.revision;
    this.reason = fields.reason;
    if (fields.variant !== undefined) this.variant = fields.variant;
    if (fields.rule !== undefined) this.rule = fields.rule;
    if (fields.errorCode !== undefined) this.errorCode = fields.errorCode;
    if (fields.errorMessage !== undefined) this.errorMessage = fields.errorMessage;
  }
}
