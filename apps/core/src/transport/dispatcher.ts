// The one way from a transport to a use case: admit, authenticate, decode, authorise, call, answer. Waits for nothing when
// the key is known and the use case does not wait: such calls run to their end in one turn of the event loop.
import { fail } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import { accessTable } from '@org/contract/gen/access-table';
import type { AccessRule } from '@org/contract/gen/access-table';
import type { Authenticator } from '../access/authenticator.ts';
import type { Session } from '../access/session.ts';
import { keyFault } from '../access/key-fault.ts';
import { readKey } from '../access/read-key.ts';
import type { Application, Caller } from '../application.ts';
import type { Admission } from '../limits/admission.ts';
import type { Runtime } from '../runtime.ts';
import type { Logger } from '@org/service';
import { countCall } from '../telemetry/call-stats.ts';
import type { MethodStats } from '../telemetry/call-stats.ts';
import { unaryMethods } from './methods/index.ts';
import type { UnaryMethodName } from './methods/index.ts';
import type { ExposureRecorder } from './openfeature/exposures.ts';
import { codeOf } from './status/fault-details.ts';
import type { UnaryMethod } from './unary-method.ts';

/** What every transport works with. */
export interface TransportContext {
  readonly application: Application;
  readonly authenticator: Authenticator;
  readonly admission: Admission;
  readonly runtime: Runtime;
  readonly logger: Logger;
  /** For evaluations whose callers record nothing themselves. */
  readonly exposures: ExposureRecorder;
}

/** One unary call as a transport hands it over. */
export interface UnaryCall {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
  /** For answers and logs; asked for only when something has to be named. */
  requestId(): string;
  /** Reads the message; a fault says what is wrong with it. */
  decode(method: UnaryMethod): Result<unknown>;
  /** Rules of the transport on who may call, e.g. the origins of browsers. */
  check?(caller: Caller): Fault | undefined;
  /** Called exactly once, possibly before `dispatch` returns. */
  answer(outcome: Result<unknown>, method: UnaryMethod): void;
}

export type DispatchUnary = (call: UnaryCall) => void;

/** A method with the rule of who may call it. */
export interface RuledMethod {
  readonly name: string;
  readonly method: UnaryMethod;
  readonly rule: AccessRule;
}

/** Prepares a method of the contract. */
export function createUnaryDispatch(
  context: TransportContext,
  name: UnaryMethodName,
  stats: MethodStats,
): DispatchUnary {
  return createDispatch(context, { name, method: unaryMethods[name], rule: accessTable[name] }, stats);
}

/** Prepares a method: everything that does not depend on the call is looked up here. */
export function createDispatch(
  context: TransportContext,
  { name, method, rule }: RuledMethod,
  stats: MethodStats,
): DispatchUnary {
  const { admission, application, exposures, runtime } = context;

  return function dispatch(call) {
    const startedMs = runtime.monotonicMs();
    const refused = admission.enter(rule.reservedCapacity);
    if (refused !== undefined) return finish(call, { ok: false, fault: refused }, startedMs);
    const leave = (outcome: Result<unknown>): void => {
      admission.leave(rule.reservedCapacity);
      finish(call, outcome, startedMs);
    };
    const session = cachedSession(context.authenticator, call.authorization, call.apiKey);
    if (session !== undefined) return proceed(call, session, leave);
    authenticate(context.authenticator, call.authorization, call.apiKey).then(
      (found) => (found.ok ? proceed(call, found.value, leave) : leave(found)),
      (error: unknown) => leave(unexpected(context, name, call, error)),
    );
  };

  function proceed(call: UnaryCall, session: Session, leave: (outcome: Result<unknown>) => void): void {
    let outcome;
    try {
      outcome = invoke(call, session.caller);
    } catch (error) {
      outcome = unexpected(context, name, call, error);
    }
    if (!(outcome instanceof Promise)) return leave(outcome);
    outcome.then(leave, (error: unknown) => leave(unexpected(context, name, call, error)));
  }

  function invoke(call: UnaryCall, caller: Caller): ReturnType<UnaryMethod['invoke']> {
    const fault = call.check?.(caller);
    if (fault !== undefined) return { ok: false, fault };
    const request = call.decode(method);
    return request.ok ? method.invoke(application, caller, rule, request.value, exposures) : request;
  }

  function finish(call: UnaryCall, outcome: Result<unknown>, startedMs: number): void {
    countCall(stats, outcome.ok ? 0 : codeOf(outcome.fault).number, runtime.monotonicMs() - startedMs);
    call.answer(outcome, method);
  }
}

/** The session of a key in use, without waiting. Plain slices before regular expressions: this runs on every call. */
export function cachedSession(
  authenticator: Authenticator,
  authorization: string | undefined,
  apiKey: string | undefined,
): Session | undefined {
  if (authorization === undefined) return apiKey === undefined ? undefined : authenticator.cached(apiKey);
  if (apiKey !== undefined || !authorization.startsWith('Bearer ')) return undefined;
  return authenticator.cached(authorization.slice('Bearer '.length));
}

/** Asks who calls. Text that cannot be a key is not asked about. */
export function authenticate(
  authenticator: Authenticator,
  authorization: string | undefined,
  apiKey: string | undefined,
): Promise<Result<Session>> {
  const found = readKey(authorization, apiKey);
  return found.state === 'key'
    ? authenticator.authenticate(found.secret)
    : Promise.resolve({ ok: false, fault: keyFault(authorization, apiKey) });
}

/** Logs what nobody expected, once, and answers with its request id only. */
export function unexpected(
  { logger }: Pick<TransportContext, 'logger'>,
  method: string,
  call: Pick<UnaryCall, 'requestId'>,
  error: unknown,
): { readonly ok: false; readonly fault: Fault } {
  const requestId = call.requestId();
  logger.error({ err: error, method, requestId }, 'unexpected error in a call');
  return fail('INTERNAL', `Unexpected error; the log names it by request ${requestId}.`, {
    metadata: { requestId },
  });
}
