// The result of an evaluation, in OpenFeature's vocabulary. Holds no logic.
import type { JsonValue } from './json.ts';

export type Reason = 'STATIC' | 'DEFAULT' | 'TARGETING_MATCH' | 'SPLIT' | 'DISABLED' | 'ERROR';

export type ErrorCode =
  | 'PROVIDER_NOT_READY'
  | 'FLAG_NOT_FOUND'
  | 'PARSE_ERROR'
  | 'TYPE_MISMATCH'
  | 'TARGETING_KEY_MISSING'
  | 'INVALID_CONTEXT'
  | 'GENERAL';

/** The full result of an evaluation. Frozen and shared: the same object may be returned for many contexts. */
export interface EvaluationDetails<T = JsonValue> {
  readonly flagKey: string;
  readonly value: T;
  /** Absent when the caller's default was used. */
  readonly variant?: string;
  readonly reason: Reason;
  /** What decided: "killed", "off", "prerequisite:<flag>", "target", "overlay:<key>", "rule:<id>", "default". */
  readonly rule?: string;
  /** The environment's revision that last changed the flag or anything it depends on; 0 for an unknown flag. */
  readonly revision: number;
  readonly errorCode?: ErrorCode;
  readonly errorMessage?: string;
}
