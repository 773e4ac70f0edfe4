// One call of an HTTP protocol on one environment: admission, key, body, the rule of the call, the use case, the count. For
// routes that are no unary methods of the contract; their faults are told in the form the route has set.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fail, succeed } from '@org/contract';
import type { Result } from '@org/contract';
import type { AccessRule } from '@org/contract/gen/access-table';
import { authorizeEnvironment } from '../../access/authorize.ts';
import type { Session } from '../../access/session.ts';
import type { Caller, EnvironmentGrant } from '../../application.ts';
import { countCall } from '../../telemetry/call-stats.ts';
import type { MethodStats } from '../../telemetry/call-stats.ts';
import { unexpected } from '../dispatcher.ts';
import { codeOf } from '../status/fault-details.ts';
import type { MaybePromise } from '../unary-method.ts';
import { headerText, readAuthenticated, readSession } from './authenticated-body.ts';
import type { HttpContext } from './http-context.ts';
import { sendFault } from './send.ts';

/** What is called, with everything that is the same for every call of it. */
export interface EnvironmentRoute {
  readonly name: string;
  readonly rule: AccessRule;
  readonly stats: MethodStats;
  /** False: the request has no body, and none is read. */
  readonly readsBody: boolean;
  /** Left out: JSON. */
  readonly mediaTypes?: readonly string[];
}

/** One call whose caller may make it. */
export interface EnvironmentCall {
  readonly grant: EnvironmentGrant;
  readonly session: Session;
  readonly body: Uint8Array;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whether the caller may still make it, with the roles it has now. */
  authorize(caller: Caller): Result<EnvironmentGrant>;
}

/** A request as a route hands it over. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Left out: what the header `Flags-Environment` names, else the environment of the SDK key. */
  readonly environment?: string | undefined;
  /** Left out: the header `X-API-Key`. */
  readonly apiKey?: string | undefined;
}

export type Use = (call: EnvironmentCall) => MaybePromise<Result<unknown>>;

/** Answers by itself where the call must not be made; `use` answers otherwise, or returns the fault to be answered. */
export async function callOnEnvironment(
  context: HttpContext,
  route: EnvironmentRoute,
  exchange: Exchange,
  use: Use,
): Promise<void> {
  const { admission, runtime } = context;
  const { response } = exchange;
  const startedMs = runtime.monotonicMs();
  const refused = admission.enter(route.rule.reservedCapacity);
  if (refused !== undefined) return sendFault(response, refused);
  try {
    const outcome = await run(context, route, exchange, use);
    if (outcome === undefined) return;
    const code = outcome.ok ? 0 : codeOf(outcome.fault).number;
    countCall(route.stats, code, runtime.monotonicMs() - startedMs);
    if (!outcome.ok) sendFault(response, outcome.fault);
  } finally {
    admission.leave(route.rule.reservedCapacity);
  }
}

async function run(
  context: HttpContext,
  route: EnvironmentRoute,
  exchange: Exchange,
  use: Use,
): Promise<Result<unknown> | undefined> {
  const { request, response, environment } = exchange;
  const read = await readCall(context, route, exchange);
  if (read === undefined) return undefined;
  const named = environment ?? headerText(request, 'flags-environment') ?? '';
  const { environments } = context.application;
  const authorize = (caller: Caller): Result<EnvironmentGrant> =>
    authorizeEnvironment(environments, caller, route.rule, named);
  const grant = authorize(read.session.caller);
  if (!grant.ok) return grant;
  if (response.destroyed) return fail('INVALID_REQUEST', 'The caller is gone.');
  try {
    return await use({ ...read, grant: grant.value, request, response, authorize });
  } catch (error) {
    const requestId = (): string => String(response.getHeader('x-request-id'));
    return unexpected(context, route.name, { requestId }, error);
  }
}

async function readCall(
  context: HttpContext,
  { readsBody, mediaTypes }: EnvironmentRoute,
  { request, response, apiKey }: Exchange,
): Promise<Pick<EnvironmentCall, 'session' | 'body'> | undefined> {
  if (readsBody) return readAuthenticated(context, request, response, { mediaTypes, apiKey });
  const session = await readSession(context, request, response, apiKey);
  return session === undefined ? undefined : { session, body: new Uint8Array() };
}

/** For uses that have answered by themselves. */
export const answered: Result<undefined> = succeed(undefined);
