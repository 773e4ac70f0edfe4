// Faults as OFREP tells them: `{key?, errorCode, errorDetails}`. The codes are OpenFeature's; the status is HTTP's own.
import type { ErrorCode, Fault } from '@org/contract';
import { messageOf } from '../status/fault-details.ts';

/** What OFREP answers instead of an evaluation. */
export interface OfrepError {
  readonly key?: string;
  readonly errorCode: ErrorCode;
  readonly errorDetails: string;
}

/** The body of a fault, with the key of the flag that was asked for. */
export function ofrepError(fault: Fault, key?: string): OfrepError {
  return { ...(key !== undefined && { key }), errorCode: errorCodeOf(fault), errorDetails: messageOf(fault) };
}

/** The faults of a request that says nothing of an error code of its own. */
function errorCodeOf({ code, violations }: Fault): ErrorCode {
  if (code === 'EVALUATION_FAILED') return 'INVALID_CONTEXT';
  const rules = violations?.map(({ rule }) => rule) ?? [];
  return rules.some((rule) => parseRules.has(rule)) ? 'PARSE_ERROR' : 'GENERAL';
}

/** What a body can break before its content is looked at. */
const parseRules: ReadonlySet<string> = new Set(['json', 'utf8', 'gzip', 'complete', 'duplicate_field']);

/** The status of an evaluation that ended in an error. */
export const evaluationStatus: Readonly<Record<ErrorCode, number>> = {
  FLAG_NOT_FOUND: 404,
  PARSE_ERROR: 400,
  TARGETING_KEY_MISSING: 400,
  INVALID_CONTEXT: 400,
  TYPE_MISMATCH: 400,
  GENERAL: 400,
  PROVIDER_NOT_READY: 503,
};
