// The way of every POST: media type, key, then the body. A caller without a key never gets to send a body into memory.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Result } from '@org/contract';
import type { Session } from '../../access/session.ts';
import { originFault } from '../../access/origins.ts';
import { authenticate, cachedSession } from '../dispatcher.ts';
import { allowOrigin } from './cors.ts';
import type { HttpContext } from './http-context.ts';
import { isMediaType, unsupportedMediaType } from './media-type.ts';
import { bodyTooLarge, readBody } from './read-body.ts';
import { refuseBody } from './send.ts';

const json = ['application/json'];

export interface ReadOptions {
  /** Left out: JSON. */
  readonly mediaTypes?: readonly string[] | undefined;
  /** Left out: the header `X-API-Key`. */
  readonly apiKey?: string | undefined;
}

/** The session and the body of a request, or undefined when it has been answered already. */
export async function readAuthenticated(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  { mediaTypes = json, apiKey }: ReadOptions = {},
): Promise<{ readonly session: Session; readonly body: Uint8Array } | undefined> {
  if (!hasMediaType(request, response, mediaTypes)) return undefined;
  const session = await readSession(context, request, response, apiKey);
  if (session === undefined) return undefined;
  const body = await readLimited(context, request, response);
  return body === undefined ? undefined : { session, body };
}

/** The session of a request, its origin checked, or undefined when it has been answered already. */
export async function readSession(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  apiKey = headerText(request, 'x-api-key'),
): Promise<Session | undefined> {
  const session = await sessionOf(context, request, apiKey);
  if (!session.ok) {
    // The answer holds nothing, and a page that may read it can tell a bad key from a bad network.
    allowOrigin(response, request.headers.origin);
    refuseBody(request, response, session.fault);
    return undefined;
  }
  const fault = checkOrigin(context, session.value, request, response);
  if (fault === undefined) return session.value;
  refuseBody(request, response, fault);
  return undefined;
}

/** Answers 415 and returns false for a body of another type. */
export function hasMediaType(
  request: IncomingMessage,
  response: ServerResponse,
  accepted: readonly string[],
): boolean {
  if (isMediaType(request.headers['content-type'], accepted)) return true;
  response.setHeader('accept-post', accepted.join(', '));
  refuseBody(request, response, unsupportedMediaType(accepted), 415);
  return false;
}

/** The body within its limits, or undefined when the request has been answered. */
export async function readLimited(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Uint8Array | undefined> {
  const body = await readBody(request, response, context.bodyBudget, () => context.runtime.random());
  if (body.ok) return body.value;
  if (body.fault.code === 'UNIMPLEMENTED') response.setHeader('accept-encoding', 'identity, gzip');
  refuseBody(request, response, body.fault, body.fault === bodyTooLarge ? 413 : undefined);
  return undefined;
}

/** Lets the page read the answer, or says why it may not call. */
export function checkOrigin(
  { application, trustedOrigins }: HttpContext,
  session: Session,
  request: IncomingMessage,
  response: ServerResponse,
): ReturnType<typeof originFault> {
  const { origin, host } = request.headers;
  const fault = originFault(application.environments, trustedOrigins, session.caller, { origin, host });
  if (fault === undefined) allowOrigin(response, origin);
  return fault;
}

function sessionOf(
  { authenticator }: HttpContext,
  request: IncomingMessage,
  apiKey: string | undefined,
): Promise<Result<Session>> | Result<Session> {
  const { authorization } = request.headers;
  const cached = cachedSession(authenticator, authorization, apiKey);
  return cached === undefined
    ? authenticate(authenticator, authorization, apiKey)
    : { ok: true, value: cached };
}

/** The one value of a header. */
export function headerText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
