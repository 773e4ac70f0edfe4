// One evaluation for flagd's protocols: the flag, its type, and the error codes that flagd's providers understand.
import type { Result } from '@org/contract';
import { fail, limits, succeed } from '@org/contract';
import type { EvaluateResponse } from '@org/contract/gen/flags/v1/flag_service';
import type { Application, EnvironmentGrant } from '../../application.ts';
import { contextSizeFault } from '../methods/check-context.ts';
import { replicaOf } from '../methods/replica-of.ts';
import type { ExposureRecorder } from '../openfeature/exposures.ts';
import { evaluateForProtocol, metadataOf } from '../openfeature/reasons.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** The types that flagd's methods are named by. */
export type FlagdType = 'Boolean' | 'String' | 'Float' | 'Int' | 'Object';

export interface ResolveRequest {
  readonly flagKey: string;
  readonly context: Record<string, unknown> | undefined;
}

/** An answer with its value, or without one: then the application's default stands for it. */
export interface Resolved<T> {
  readonly value: T | undefined;
  readonly reason: string;
  readonly variant: string;
  readonly metadata: JsonRecord;
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const checks: Readonly<Record<FlagdType, (value: unknown) => boolean>> = {
  Boolean: (value) => typeof value === 'boolean',
  String: (value) => typeof value === 'string',
  Float: (value) => typeof value === 'number',
  // Nothing is cut off: a number with a fraction is no integer.
  Int: (value) => Number.isSafeInteger(value),
  Object: isObject,
};

/** Who asks, and where. */
export interface ResolveScope {
  readonly application: Application;
  readonly exposures: ExposureRecorder;
  readonly grant: EnvironmentGrant;
}

/** Evaluates a flag as a type. */
export function resolveAs(
  { application, exposures, grant }: ResolveScope,
  type: FlagdType,
  { flagKey, context = {} }: ResolveRequest,
): Result<Resolved<unknown>> {
  const invalid = contextSizeFault(context);
  if (invalid !== undefined) return fail('EVALUATION_FAILED', invalid.message);
  const replica = replicaOf(application, grant);
  if (!replica.ok) return replica;
  if (flagKey.length > limits.keyCharsMax) return unknownFlag;
  const answer = evaluateForProtocol(replica.value, grant.view, flagKey, context);
  const failed = failureOf(answer);
  if (failed !== undefined) return failed;
  const value: unknown = answer.value;
  if (value !== undefined && !checks[type](value)) {
    return fail('TYPE_MISMATCH', `The flag is not of type ${type}.`);
  }
  exposures.note(grant, { answer, context, evaluator: replica.value.evaluator });
  return succeed(resolved(answer));
}

/** The parts of an answer as flagd's messages hold them. */
export function resolved(answer: EvaluateResponse): Resolved<unknown> {
  const value: unknown = answer.value;
  return { value, reason: answer.reason, variant: answer.variant, metadata: metadataOf(answer) };
}

const unknownFlag = fail('NOT_FOUND', 'FLAG_NOT_FOUND: there is no such flag.');

function failureOf({ errorCode, errorMessage }: EvaluateResponse): ReturnType<typeof fail> | undefined {
  const message = errorMessage === '' ? errorCode : `${errorCode}: ${errorMessage}`;
  switch (errorCode) {
    case '':
      return undefined;
    case 'FLAG_NOT_FOUND':
      return unknownFlag;
    case 'PARSE_ERROR':
      return fail('BROKEN_FLAG', message);
    default:
      return fail('EVALUATION_FAILED', message);
  }
}
