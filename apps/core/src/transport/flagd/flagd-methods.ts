// The unary methods of flagd's services over one evaluation: versions differ in what they can leave absent, and in nothing else.
import type { Result } from '@org/contract';
import { fail, succeed } from '@org/contract';
import type { ForeignMethodName, foreignMethods } from '@org/contract/gen/access-table';
import { ServiceDefinition as V1 } from '@org/contract/gen/flagd/evaluation/v1/evaluation';
import { ServiceDefinition as V2 } from '@org/contract/gen/flagd/evaluation/v2/evaluation';
import { ServiceDefinition as Legacy } from '@org/contract/gen/flagd/schema/v1/schema';
import { FlagSyncServiceDefinition } from '@org/contract/gen/flagd/sync/v1/sync';
import { authorizeEnvironment } from '../../access/authorize.ts';
import type { Application, EnvironmentGrant, EnvironmentReplica } from '../../application.ts';
import { contextSizeFault } from '../methods/check-context.ts';
import { replicaOf } from '../methods/replica-of.ts';
import { visibleFlags } from '../methods/visible-flags.ts';
import type { ExposureRecorder } from '../openfeature/exposures.ts';
import { evaluateForProtocol } from '../openfeature/reasons.ts';
import { forContexts } from '../unary-method.ts';
import type { MessageCodec, UnaryMethod } from '../unary-method.ts';
import { flagdDefinition } from './definition.ts';
import { resolveAs, resolved } from './resolve.ts';
import type { FlagdType, Resolved, ResolveRequest } from './resolve.ts';

/** A message with the environment that the call's metadata name; empty: the one of the SDK key. */
export interface FlagdRequest<T> {
  readonly environment: string;
  readonly message: T;
}

/** flagd's methods that are one request and one answer. */
export type FlagdUnaryName = {
  [Name in ForeignMethodName]: (typeof foreignMethods)[Name] extends { serverStreaming: false }
    ? Name
    : never;
}[ForeignMethodName];

interface Definition<Q, S> {
  readonly requestType: MessageCodec<Q>;
  readonly responseType: MessageCodec<S>;
}

type UseCase<Q> = (application: Application, grant: EnvironmentGrant, message: Q) => Result<object>;

type ResolveDefinition = Definition<ResolveRequest & { context: Record<string, unknown> | undefined }, never>;

/** The methods; evaluations of single flags are noted as exposures. */
export function createFlagdMethods(
  exposures: ExposureRecorder,
): Readonly<Record<FlagdUnaryName, UnaryMethod>> {
  const resolve = (
    definition: unknown,
    type: FlagdType,
    finish: (answer: Resolved<unknown>) => Result<object>,
  ): UnaryMethod =>
    evaluation(
      definition as ResolveDefinition,
      (application, grant, message) => {
        const answer = resolveAs({ application, exposures, grant }, type, message);
        return answer.ok ? finish(answer.value) : answer;
      },
      type === 'Int' ? intJson : JSON.stringify,
    );
  /** A value cannot be absent here: providers fall back to the code's default when a flag is not found. */
  const first = (definition: unknown, type: FlagdType): UnaryMethod =>
    resolve(definition, type, (answer) => (answer.value === undefined ? codeDefault : succeed(answer)));
  const second = (definition: unknown, type: FlagdType): UnaryMethod =>
    resolve(definition, type, (answer) => succeed(withoutEmpty(answer)));
  return {
    'flagd.evaluation.v1.Service/ResolveAll': evaluation(V1.methods.resolveAll, resolveAll, allJson),
    'flagd.evaluation.v1.Service/ResolveBoolean': first(V1.methods.resolveBoolean, 'Boolean'),
    'flagd.evaluation.v1.Service/ResolveString': first(V1.methods.resolveString, 'String'),
    'flagd.evaluation.v1.Service/ResolveFloat': first(V1.methods.resolveFloat, 'Float'),
    'flagd.evaluation.v1.Service/ResolveInt': first(V1.methods.resolveInt, 'Int'),
    'flagd.evaluation.v1.Service/ResolveObject': first(V1.methods.resolveObject, 'Object'),
    'flagd.evaluation.v2.Service/ResolveBoolean': second(V2.methods.resolveBoolean, 'Boolean'),
    'flagd.evaluation.v2.Service/ResolveString': second(V2.methods.resolveString, 'String'),
    'flagd.evaluation.v2.Service/ResolveFloat': second(V2.methods.resolveFloat, 'Float'),
    'flagd.evaluation.v2.Service/ResolveInt': second(V2.methods.resolveInt, 'Int'),
    'flagd.evaluation.v2.Service/ResolveObject': second(V2.methods.resolveObject, 'Object'),
    'schema.v1.Service/ResolveAll': evaluation(Legacy.methods.resolveAll, resolveAll, allJson),
    'schema.v1.Service/ResolveBoolean': first(Legacy.methods.resolveBoolean, 'Boolean'),
    'schema.v1.Service/ResolveString': first(Legacy.methods.resolveString, 'String'),
    'schema.v1.Service/ResolveFloat': first(Legacy.methods.resolveFloat, 'Float'),
    'schema.v1.Service/ResolveInt': first(Legacy.methods.resolveInt, 'Int'),
    'schema.v1.Service/ResolveObject': first(Legacy.methods.resolveObject, 'Object'),
    'flagd.sync.v1.FlagSyncService/FetchAllFlags': method(
      FlagSyncServiceDefinition.methods.fetchAllFlags,
      (application, grant) => {
        const replica = replicaOf(application, grant);
        if (!replica.ok) return replica;
        return succeed({ flagConfiguration: flagdDefinition(replica.value).text });
      },
    ),
    'flagd.sync.v1.FlagSyncService/GetMetadata': method(
      FlagSyncServiceDefinition.methods.getMetadata,
      (_application, { environmentId }) => succeed({ metadata: { flagSetId: environmentId } }),
    ),
  };
}

const codeDefault = fail(
  'NOT_FOUND',
  'FLAG_NOT_FOUND: the flag leaves the value to the default of the code.',
);

/** In version 2 an empty variant is no variant. */
function withoutEmpty({ variant, ...rest }: Resolved<unknown>): object {
  return variant === '' ? rest : { ...rest, variant };
}

function resolveAll(
  application: Application,
  grant: EnvironmentGrant,
  { context = {} }: { readonly context: Record<string, unknown> | undefined },
): Result<object> {
  const invalid = contextSizeFault(context);
  if (invalid !== undefined) return fail('EVALUATION_FAILED', invalid.message);
  const replica = replicaOf(application, grant);
  if (!replica.ok) return replica;
  const flags = [...flagKeysFor(replica.value, grant.view)].flatMap((key) => {
    const answer = resolved(evaluateForProtocol(replica.value, grant.view, key, context));
    const value = anyValue(answer.value);
    return value === undefined ? [] : [[key, { ...answer, value }] as const];
  });
  return succeed({
    // Of entries, so that a flag named __proto__ is a flag.
    flags: Object.fromEntries(flags),
    metadata: { flagSetId: grant.environmentId },
  });
}

/** The flags that a view holds. */
export function flagKeysFor(replica: EnvironmentReplica, view: 'server' | 'client'): Iterable<string> {
  return view === 'client' ? visibleFlags(replica) : replica.evaluator.flagKeys();
}

interface AnyFlag {
  readonly reason: string;
  readonly variant: string;
  readonly value: AnyValue;
  readonly metadata: Readonly<Record<string, unknown>>;
}

type AnyValue =
  | { $case: 'boolValue'; value: boolean }
  | { $case: 'stringValue'; value: string }
  | { $case: 'doubleValue'; value: number }
  | { $case: 'objectValue'; value: Record<string, unknown> };

/** Undefined for what ResolveAll leaves out: errors, and values that are the code's. */
function anyValue(value: unknown): AnyValue | undefined {
  switch (typeof value) {
    case 'boolean':
      return { $case: 'boolValue', value };
    case 'string':
      return { $case: 'stringValue', value };
    case 'number':
      return { $case: 'doubleValue', value };
    default:
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { $case: 'objectValue', value: value as Record<string, unknown> }
        : undefined;
  }
}

const evaluation = <Q, S>(
  definition: Definition<Q, S>,
  useCase: UseCase<Q>,
  toJson: (response: never) => string,
): UnaryMethod => forContexts(method(definition, useCase, toJson));

/** JSON with nothing left out, as flagd writes it: its providers look for `value` even where it is false. */
function method<Q, S>(
  { requestType, responseType }: Definition<Q, S>,
  useCase: UseCase<Q>,
  toJson: (response: never) => string = JSON.stringify,
): UnaryMethod {
  return {
    requestBytesMax: syncRequestBytesMax,
    decode: (bytes) => requestType.decode(bytes),
    fromJson: (json) => requestType.fromJSON(json),
    encode: (response) => responseType.encode(response as S).finish(),
    toJson: (response) => toJson(response as never),
    invoke(application, caller, rule, request) {
      const { environment, message } = request as FlagdRequest<Q>;
      const grant = authorizeEnvironment(application.environments, caller, rule, environment);
      return grant.ok ? useCase(application, grant.value, message) : grant;
    },
  };
}

/** A key, a selector. */
const syncRequestBytesMax = 4 * 1024;

/** 64-bit integers are texts in proto3 JSON. */
const intJson = ({ value, ...rest }: Resolved<number>): string =>
  JSON.stringify(value === undefined ? rest : { value: String(value), ...rest });

function allJson({
  flags,
  metadata,
}: {
  readonly flags: Readonly<Record<string, AnyFlag>>;
  readonly metadata: object;
}): string {
  const entries = Object.entries(flags).map(([key, { value, ...rest }]) => [
    key,
    { ...rest, [value.$case]: value.value },
  ]);
  return JSON.stringify({ flags: Object.fromEntries(entries) as object, metadata });
}
