// What a unary method is to the transports: its rule, its codecs, and the use case behind it. Builders tie each scope to
// the grant its use case takes, so a method cannot be registered without having been authorised.
import { fail, limits } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import type { AccessRule, MethodName } from '@org/contract/gen/access-table';
import type { CallerGrant, EnvironmentNames } from '../access/authorize.ts';
import {
  authorizeCaller,
  authorizeEnvironment,
  authorizeInstallation,
  authorizeProject,
} from '../access/authorize.ts';
import type { Application, Caller, EnvironmentGrant } from '../application.ts';
import type { ExposureRecorder } from './openfeature/exposures.ts';
import { encodedOf } from './pre-encoded.ts';

/** The ts-proto codec of a message. */
export interface MessageCodec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
  fromJSON(json: unknown): T;
  toJSON(message: T): unknown;
}

/** The part of a generated method definition that is used here. */
export interface UnaryDefinition<Q, S> {
  readonly requestType: MessageCodec<Q>;
  readonly responseType: MessageCodec<S>;
  readonly requestStream: false;
  readonly responseStream: false;
}

export type MaybePromise<T> = T | Promise<T>;

/** A unary method with its types erased: what gRPC and HTTP serve. */
export interface UnaryMethod {
  /** Larger messages are refused before they are parsed. */
  readonly requestBytesMax: number;
  decode(bytes: Uint8Array): unknown;
  encode(response: unknown): Uint8Array;
  fromJson(json: unknown): unknown;
  /** proto3 JSON text. */
  toJson(response: unknown): string | Uint8Array;
  /** Authorises and, if that succeeds, calls the use case. */
  invoke(
    application: Application,
    caller: Caller,
    rule: AccessRule,
    request: unknown,
    exposures: ExposureRecorder,
  ): MaybePromise<Result<unknown>>;
}

/** A table with one row for each unary method of a service. */
export type UnaryTable<Service extends string> = Readonly<
  Record<Extract<MethodName, `flags.v1.${Service}/${string}`>, UnaryMethod>
>;

type UseCase<G, Q, S> = (
  application: Application,
  grant: G,
  request: Q,
  exposures: ExposureRecorder,
) => MaybePromise<Result<S>>;
type Authorize<G, Q> = (names: EnvironmentNames, caller: Caller, rule: AccessRule, request: Q) => Result<G>;

/** A method on the environment its request names. */
export function environmentMethod<Q extends { environment: string }, S>(
  definition: UnaryDefinition<Q, S>,
  useCase: UseCase<EnvironmentGrant, Q, S>,
): UnaryMethod {
  return build(
    definition,
    (names, caller, rule, request) => authorizeEnvironment(names, caller, rule, request.environment),
    useCase,
  );
}

/** A method on an environment, or with none named on the whole installation (`environmentId` undefined). */
export function environmentOrInstallationMethod<Q extends { environment: string }, S>(
  definition: UnaryDefinition<Q, S>,
  useCase: UseCase<CallerGrant & { readonly environmentId?: string }, Q, S>,
): UnaryMethod {
  return build<CallerGrant & { readonly environmentId?: string }, Q, S>(
    definition,
    (names, caller, rule, request) =>
      request.environment === ''
        ? authorizeInstallation(caller, rule)
        : authorizeEnvironment(names, caller, rule, request.environment),
    useCase,
  );
}

/** A method on the project its request names. */
export function projectMethod<Q extends { project: string }, S>(
  definition: UnaryDefinition<Q, S>,
  useCase: UseCase<CallerGrant, Q, S>,
): UnaryMethod {
  return build(
    definition,
    (_names, caller, rule, request) => authorizeProject(caller, rule, request.project),
    useCase,
  );
}

/** A method on the whole installation. */
export function installationMethod<Q, S>(
  definition: UnaryDefinition<Q, S>,
  useCase: UseCase<CallerGrant, Q, S>,
): UnaryMethod {
  return build(definition, (_names, caller, rule) => authorizeInstallation(caller, rule), useCase);
}

/** A method for any caller; the use case filters its answer to what the caller may see. */
export function callerMethod<Q, S>(
  definition: UnaryDefinition<Q, S>,
  useCase: UseCase<CallerGrant, Q, S>,
): UnaryMethod {
  return build(definition, (_names, caller, rule) => authorizeCaller(caller, rule), useCase);
}

/** The same method, for messages that hold little more than a context. */
export function forContexts(method: UnaryMethod): UnaryMethod {
  return { ...method, requestBytesMax: contextRequestBytesMax };
}

/** A context at its limit, with the names of flag and environment around it. */
export const contextRequestBytesMax = limits.contextBytesMax + 2_048;

/** The fault of a message of this size, if it is one. */
export function sizeFault(bytes: number, bytesMax: number): Fault | undefined {
  if (bytes <= bytesMax) return undefined;
  const message = `This method takes at most ${bytesMax} bytes.`;
  return fail('LIMIT_EXCEEDED', message, { violations: [{ field: '', rule: 'max_bytes', message }] }).fault;
}

function build<G, Q, S>(
  { requestType, responseType }: UnaryDefinition<Q, S>,
  authorize: Authorize<G, Q>,
  useCase: UseCase<G, Q, S>,
): UnaryMethod {
  return {
    requestBytesMax: limits.requestBytesMax,
    decode: (bytes) => requestType.decode(bytes),
    encode: (response) => encodedOf(response)?.bytes ?? responseType.encode(response as S).finish(),
    fromJson: (json) => requestType.fromJSON(json),
    toJson: (response) => encodedOf(response)?.json ?? JSON.stringify(responseType.toJSON(response as S)),
    invoke(application, caller, rule, request, exposures) {
      const grant = authorize(application.environments, caller, rule, request as Q);
      return grant.ok ? useCase(application, grant.value, request as Q, exposures) : grant;
    },
  };
}
