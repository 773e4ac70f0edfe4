// `POST /v1/beacon`: events at the end of a page. navigator.sendBeacon can set no header and ask no preflight, so the key
// stands in the body, beside the RecordRequest; never in the URL. For client keys only: they are public by nature.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fail } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import { originFault } from '../../access/origins.ts';
import { shapeFault } from '../../access/key-fault.ts';
import { checkKey } from '../../access/read-key.ts';
import type { Caller } from '../../application.ts';
import type { MethodStats } from '../../telemetry/call-stats.ts';
import { createUnaryDispatch } from '../dispatcher.ts';
import type { DispatchUnary } from '../dispatcher.ts';
import { isObject } from '../json/findings.ts';
import { requestDescriptor } from '../json/message-descriptors.ts';
import { parseJson, readMessage } from '../json/read-json.ts';
import type { UnaryMethod } from '../unary-method.ts';
import { hasMediaType, readLimited } from './authenticated-body.ts';
import { allowOrigin } from './cors.ts';
import type { HttpContext } from './http-context.ts';
import type { Route } from './routes.ts';
import { sendFault, sendJson } from './send.ts';

const method = 'flags.v1.EventService/Record';
const accepted = ['text/plain', 'application/json'];
const descriptor = requestDescriptor(method);

export function beaconRoute(context: HttpContext, stats: MethodStats): Route {
  const dispatch = createUnaryDispatch(context, method, stats);
  return {
    path: '/v1/beacon',
    method: 'POST',
    access: 'client-key',
    browsers: true,
    serve: (request, response) => serve(context, dispatch, request, response),
  };
}

async function serve(
  context: HttpContext,
  dispatch: DispatchUnary,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!hasMediaType(request, response, accepted)) return;
  const body = await readLimited(context, request, response);
  if (body === undefined) return;
  const parsed = parseJson(body);
  const beacon = parsed.ok ? checkBeacon(parsed.value) : parsed;
  if (!beacon.ok) return sendFault(response, beacon.fault);
  const key = checkKey(beacon.value.key);
  if (key.state !== 'key') return sendFault(response, shapeFault('key', beacon.value.key));
  dispatch({
    authorization: undefined,
    apiKey: key.secret,
    requestId: () => String(response.getHeader('x-request-id')),
    check: (caller) => callerFault(context, caller, request, response),
    decode: (record: UnaryMethod) =>
      readMessage(descriptor, beacon.value.request, (json) => record.fromJson(json)),
    answer(outcome, record) {
      if (outcome.ok) sendJson(response, 200, record.toJson(outcome.value));
      else sendFault(response, outcome.fault);
    },
  });
}

function checkBeacon(json: unknown): Result<{ readonly key: unknown; readonly request: unknown }> {
  if (!isObject(json)) return refuse('', 'type', 'The body must be an object.');
  const unknown = Object.keys(json).find((name) => name !== 'key' && name !== 'request');
  if (unknown !== undefined)
    return refuse(unknown, 'unknown_field', 'A beacon holds key and request, nothing else.');
  if (typeof json['key'] !== 'string') return refuse('key', 'required', 'key must be a client key.');
  return { ok: true, value: { key: json['key'], request: json['request'] } };
}

function callerFault(
  { application, trustedOrigins }: HttpContext,
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
): Fault | undefined {
  if (caller.keyKind !== 'KEY_KIND_CLIENT') {
    return fail('PERMISSION_DENIED', 'A beacon takes client keys only: others must never stand in a body.')
      .fault;
  }
  const { origin, host } = request.headers;
  const fault = originFault(application.environments, trustedOrigins, caller, { origin, host });
  if (fault === undefined) allowOrigin(response, origin);
  return fault;
}

function refuse(field: string, rule: string, message: string): Result<never> {
  return fail('INVALID_REQUEST', message, { violations: [{ field, rule, message }] });
}
