// One evaluation as OFREP writes it. A value that is absent is one the application's own default stands for.
import type { ErrorCode } from '@org/contract';
import type { EvaluateResponse } from '@org/contract/gen/flags/v1/flag_service';
import { metadataOf } from '../openfeature/reasons.ts';
import type { OfrepError } from './ofrep-fault.ts';

export interface OfrepSuccess {
  readonly key: string;
  readonly value?: unknown;
  readonly reason: string;
  readonly variant?: string;
  readonly metadata: Readonly<Record<string, string | number>>;
}

/** The body of one answer, or the entry of one flag in a bulk answer. */
export function ofrepAnswer(answer: EvaluateResponse): OfrepSuccess | OfrepError {
  const { flagKey: key, variant, reason, errorCode, errorMessage } = answer;
  const value: unknown = answer.value;
  if (errorCode !== '') {
    return { key, errorCode: errorCode as ErrorCode, errorDetails: errorMessage || detailsOf(errorCode) };
  }
  return {
    key,
    ...(value !== undefined && { value }),
    reason,
    ...(variant !== '' && { variant }),
    metadata: metadataOf(answer),
  };
}

function detailsOf(errorCode: string): string {
  return errorCode === 'TARGETING_KEY_MISSING' ? 'The context has no targeting key.' : errorCode;
}
