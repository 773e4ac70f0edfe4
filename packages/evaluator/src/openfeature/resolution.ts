// Our details as OpenFeature's resolution details: reasons and error codes are OpenFeature's own words already.
import type { ErrorCode, EvaluationDetails, Reason } from '@org/contract/model';

/** What a provider answers. */
export interface Resolution<T> {
  value: T;
  reason: Reason;
  variant?: string;
  errorCode?: ErrorCode;
  errorMessage?: string;
  flagMetadata: Readonly<Record<string, string | number>>;
}

/** `flagMetadata` names the rule that decided and the revision that last changed the flag. */
export function resolutionOf<T>(details: EvaluationDetails<T>): Resolution<T> {
  const { value, reason, variant, errorCode, errorMessage, rule, revision } = details;
  return {
    value,
    reason,
    ...(variant !== undefined && { variant }),
    ...(errorCode !== undefined && { errorCode }),
    ...(errorMessage !== undefined && { errorMessage }),
    flagMetadata: rule === undefined ? { revision } : { revision, rule },
  };
}
