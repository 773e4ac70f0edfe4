// `POST /v1/watch`: the stream for browsers. A WatchRequest in, WatchResponses as lines of JSON out; when the server ends
// the stream, a last line {"error": …} says why. A client that does not read is cut off.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault, Result } from '@org/contract';
import { fail, succeed } from '@org/contract';
import { accessTable } from '@org/contract/gen/access-table';
import { WatchRequest } from '@org/contract/gen/flags/v1/sync_service';
import type { Session } from '../../access/session.ts';
import { authorizeEnvironment } from '../../access/authorize.ts';
import type { EnvironmentGrant } from '../../application.ts';
import { createBacklog } from '../../limits/backlog.ts';
import { requestDescriptor } from '../json/message-descriptors.ts';
import { parseJson, readMessage } from '../json/read-json.ts';
import { replicaOf } from '../methods/replica-of.ts';
import { connectErrorOf } from '../status/connect-error.ts';
import { guardStream } from '../watch/guard-stream.ts';
import { startWatch } from '../watch/start-watch.ts';
import type { Send } from '../watch/start-watch.ts';
import { readAuthenticated } from './authenticated-body.ts';
import type { HttpContext } from './http-context.ts';
import type { Route } from './routes.ts';
import { sendFault } from './send.ts';

const method = 'flags.v1.SyncService/Watch';
const rule = accessTable[method];
const descriptor = requestDescriptor(method);

export function watchRoute(context: HttpContext): Route {
  return {
    path: '/v1/watch',
    method: 'POST',
    access: 'access-table',
    browsers: rule.clientKey,
    serve: (request, response) => serve(context, request, response),
  };
}

async function serve(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { admission } = context;
  const refused = admission.enter(rule.reservedCapacity);
  if (refused !== undefined) return sendFault(response, refused);
  try {
    const read = await readAuthenticated(context, request, response);
    if (read === undefined) return;
    const opened = open(context, read.session, read.body, response);
    if (!opened.ok) sendFault(response, opened.fault);
  } finally {
    admission.leave(rule.reservedCapacity);
  }
}

function open(
  context: HttpContext,
  session: Session,
  body: Uint8Array,
  response: ServerResponse,
): Result<unknown> {
  const { application, streams } = context;
  const request = readRequest(body);
  if (!request.ok) return request;
  const authorize = (caller: Session['caller']): Result<EnvironmentGrant> =>
    authorizeEnvironment(application.environments, caller, rule, request.value.environment);
  const grant = authorize(session.caller);
  if (!grant.ok) return grant;
  const replica = replicaOf(application, grant.value);
  if (!replica.ok) return replica;
  if (response.destroyed) return fail('INVALID_REQUEST', 'The caller is gone.');
  const guard = guardStream({ session, streams, authorize, end: (fault) => endWith(response, fault) });
  if ('fault' in guard) return { ok: false, fault: guard.fault };
  response.writeHead(200, {
    'content-type': 'application/x-ndjson',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // Reverse proxies must not gather lines before they pass them on.
    'x-accel-buffering': 'no',
  });
  const backlog = createBacklog(context.backlogBytesMax, context.backlogBudget);
  const cancel = startWatch(replica.value, grant.value.view, request.value, sender(response, backlog));
  response.once('close', () => {
    cancel();
    guard.close();
    backlog.close();
  });
  return succeed(undefined);
}

function readRequest(body: Uint8Array): Result<WatchRequest> {
  const json = parseJson(body);
  return json.ok ? readMessage(descriptor, json.value, (value) => WatchRequest.fromJSON(value)) : json;
}

function sender(response: ServerResponse, backlog: ReturnType<typeof createBacklog>): Send {
  return ({ watchLine }) => {
    if (response.writableEnded || response.destroyed) return;
    if (backlog.add(watchLine.length)) response.write(watchLine, () => backlog.done(watchLine.length));
    else response.destroy();
  };
}

function endWith(response: ServerResponse, fault: Fault): void {
  if (!response.writableEnded) response.end(`${JSON.stringify({ error: connectErrorOf(fault) })}\n`);
}
