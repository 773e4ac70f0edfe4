// Remote evaluation of one flag, on the hot path of the server: what is shared between callers is encoded once.
import type { ErrorCode, EvaluationDetails, JsonValue } from '@org/contract';
import { EvaluateResponse } from '@org/contract/gen/flags/v1/flag_service';
import type { EnvironmentReplica, ViewName } from '../../application.ts';
import { attachEncoded } from '../pre-encoded.ts';
import { isVisible } from './visible-flags.ts';

type Context = Record<string, unknown>;
type Details = EvaluationDetails<JsonValue | undefined>;

const responses = new WeakMap<Details, EvaluateResponse>();
const emptyContext: Context = Object.freeze({});

/** Evaluates a flag for a view. A flag that the view does not hold answers as one that does not exist. */
export function evaluateFlag(
  replica: EnvironmentReplica,
  view: ViewName,
  flagKey: string,
  context: Context | undefined,
): EvaluateResponse {
  if (view === 'client' && !isVisible(replica, flagKey))
    return errorResponse(flagKey, 'FLAG_NOT_FOUND', 'There is no such flag.');
  const response = responseOf(replica.evaluator.evaluate(flagKey, context ?? emptyContext));
  return view === 'client' ? withoutHiddenName(replica, response) : response;
}

const prerequisiteRule = 'prerequisite:';

/** A flag for remote evaluation may require one that browsers must not know, not even by name. */
function withoutHiddenName(replica: EnvironmentReplica, response: EvaluateResponse): EvaluateResponse {
  const { rule } = response;
  if (!rule.startsWith(prerequisiteRule) || isVisible(replica, rule.slice(prerequisiteRule.length)))
    return response;
  return { ...response, rule: 'prerequisite' };
}

/** The same object for the same details, its bytes attached. */
export function responseOf(details: Details): EvaluateResponse {
  const known = responses.get(details);
  if (known !== undefined) return known;
  const response = toResponse(details);
  attachEncoded(response, { bytes: Buffer.from(EvaluateResponse.encode(response).finish()) });
  responses.set(details, response);
  return response;
}

function toResponse(details: Details): EvaluateResponse {
  return {
    flagKey: details.flagKey,
    value: details.value,
    variant: details.variant ?? '',
    reason: details.reason,
    rule: details.rule ?? '',
    revision: details.revision,
    errorCode: details.errorCode ?? '',
    errorMessage: details.errorMessage ?? '',
  };
}

/** The answer to an evaluation that did not come to one. */
export function errorResponse(flagKey: string, errorCode: ErrorCode, errorMessage: string): EvaluateResponse {
  return toResponse({ flagKey, value: undefined, reason: 'ERROR', revision: 0, errorCode, errorMessage });
}
