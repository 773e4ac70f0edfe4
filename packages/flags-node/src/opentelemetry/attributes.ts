// What an evaluation is called in OpenTelemetry: OpenFeature's Appendix D and the semantic conventions of the event
// `feature_flag.evaluation`. Pure.
import type { EvaluationContext, EvaluationDetails, JsonValue } from '@org/contract/model';
import type { Attributes } from '@opentelemetry/api';
import { unitsOf } from '@org/events';
import { sdkName } from '../version.ts';

/** The names of the attributes. */
export const names = {
  key: 'feature_flag.key',
  variant: 'feature_flag.result.variant',
  value: 'feature_flag.result.value',
  reason: 'feature_flag.result.reason',
  errorType: 'error.type',
  errorMessage: 'error.message',
  contextId: 'feature_flag.context.id',
  setId: 'feature_flag.set.id',
  version: 'feature_flag.version',
  provider: 'feature_flag.provider.name',
} as const;

/** The name of the event. */
export const eventName = 'feature_flag.evaluation';

export interface AttributeOptions {
  readonly flagSetId?: string | undefined;
  readonly includeValue: boolean;
  readonly valueCharsMax: number;
}

/** Everything but the context's id: the same for all evaluations with these details. */
export function attributesOf(details: EvaluationDetails, options: AttributeOptions): Attributes {
  const { flagKey, variant, value, reason, revision, errorCode, errorMessage } = details;
  const attributes: Attributes = {
    [names.key]: flagKey,
    [names.provider]: sdkName,
    [names.reason]: reason.toLowerCase(),
    [names.version]: String(revision),
  };
  if (variant !== undefined) attributes[names.variant] = variant;
  // Required where there is no variant: then it is the caller's own default.
  if (variant === undefined || options.includeValue) {
    attributes[names.value] = valueOf(value, options.valueCharsMax);
  }
  if (options.flagSetId !== undefined) attributes[names.setId] = options.flagSetId;
  if (errorCode !== undefined) attributes[names.errorType] = errorCode.toLowerCase();
  if (errorMessage !== undefined) attributes[names.errorMessage] = errorMessage;
  return attributes;
}

/** Booleans and numbers as they are, everything else as text of bounded length. */
function valueOf(value: JsonValue, charsMax: number): string | number | boolean {
  if (typeof value === 'boolean' || typeof value === 'number') return value;
  // A default that is no JSON (undefined, a function) has no text.
  const text = typeof value === 'string' ? value : (JSON.stringify(value) as string | undefined);
  return text === undefined ? '' : text.slice(0, charsMax);
}

/** The user's targeting key, or of the only kind there is. */
export function targetingKeyOf(context: EvaluationContext): string | undefined {
  const units = unitsOf(context);
  const [only, ...others] = Object.values(units);
  return units['user'] ?? (others.length === 0 ? only : undefined);
}
