// One route per unary method: Connect's unary protocol with proto3 JSON, over the same dispatcher as gRPC.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DescMessage } from '@bufbuild/protobuf';
import { fail, succeed } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import { accessTable } from '@org/contract/gen/access-table';
import type { MethodStats } from '../../telemetry/call-stats.ts';
import { createUnaryDispatch } from '../dispatcher.ts';
import type { DispatchUnary, UnaryCall } from '../dispatcher.ts';
import { decodeMessage } from '../grpc/unary-handler.ts';
import { requestDescriptor } from '../json/message-descriptors.ts';
import { parseJson, readMessage } from '../json/read-json.ts';
import type { UnaryMethodName } from '../methods/index.ts';
import { sizeFault } from '../unary-method.ts';
import type { UnaryMethod } from '../unary-method.ts';
import { headerText, readAuthenticated } from './authenticated-body.ts';
import type { HttpContext } from './http-context.ts';
import type { Route } from './routes.ts';
import { isMediaType } from './media-type.ts';
import { sendBytes, sendFault, sendJson } from './send.ts';

const protocolVersion = '1';
const timeoutText = /^\d{1,10}$/;

/** `POST /flags.v1.Service/Method`. */
export function rpcRoute(context: HttpContext, name: UnaryMethodName, stats: MethodStats): Route {
  const dispatch = createUnaryDispatch(context, name, stats);
  const served = { dispatch, descriptor: requestDescriptor(name) };
  return {
    path: `/${name}`,
    method: 'POST',
    access: 'access-table',
    browsers: accessTable[name].clientKey,
    serve: (request, response) => serveRpc(context, served, request, response),
  };
}

/** A prepared method, with what its requests must be. */
export interface ServedRpc {
  readonly dispatch: DispatchUnary;
  readonly descriptor: DescMessage;
  /** Adds to the message what stands in headers. */
  complete?(message: unknown, request: IncomingMessage): unknown;
  /** The key where it is not in one of our headers. */
  apiKeyOf?(request: IncomingMessage): string | undefined;
  /** Takes and answers protobuf, too. */
  readonly binary?: boolean;
}

/** Serves one call by Connect's unary protocol. */
export async function serveRpc(
  context: HttpContext,
  { dispatch, descriptor, complete, apiKeyOf, binary = false }: ServedRpc,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const apiKey = apiKeyOf?.(request) ?? headerText(request, 'x-api-key');
  const mediaTypes = binary ? [json, protobuf] : [json];
  const read = await readAuthenticated(context, request, response, { mediaTypes, apiKey });
  if (read === undefined) return;
  const fault = protocolFault(request);
  if (fault !== undefined) return sendFault(response, fault);
  const isBinary = binary && isMediaType(request.headers['content-type'], [protobuf]);
  const cancelDeadline = startDeadline(context, request, response);
  dispatch({
    authorization: request.headers.authorization,
    apiKey,
    requestId: () => String(response.getHeader('x-request-id')),
    decode(method) {
      const message = isBinary ? decodeBinary(method, read.body) : decode(descriptor, method, read.body);
      return message.ok && complete !== undefined ? succeed(complete(message.value, request)) : message;
    },
    answer(outcome, method) {
      cancelDeadline();
      if (!outcome.ok) sendFault(response, outcome.fault);
      else if (isBinary) sendBytes(response, protobuf, method.encode(outcome.value));
      else sendJson(response, 200, method.toJson(outcome.value));
    },
  } satisfies UnaryCall);
}

const json = 'application/json';
const protobuf = 'application/proto';

function decodeBinary(method: UnaryMethod, body: Uint8Array): Result<unknown> {
  const fault = sizeFault(body.length, method.requestBytesMax);
  return fault === undefined ? decodeMessage((bytes) => method.decode(bytes), body) : { ok: false, fault };
}

function decode(descriptor: DescMessage, method: UnaryMethod, body: Uint8Array): Result<unknown> {
  const fault = sizeFault(body.length, method.requestBytesMax);
  if (fault !== undefined) return { ok: false, fault };
  const parsed = parseJson(body);
  return parsed.ok ? readMessage(descriptor, parsed.value, (value) => method.fromJson(value)) : parsed;
}

function protocolFault(request: IncomingMessage): Fault | undefined {
  const version = headerText(request, 'connect-protocol-version');
  const timeout = headerText(request, 'connect-timeout-ms');
  if (version !== undefined && version !== protocolVersion) {
    return headerFault('connect-protocol-version', 'version', `Must be "${protocolVersion}".`);
  }
  if (timeout !== undefined && !timeoutText.test(timeout)) {
    return headerFault('connect-timeout-ms', 'type', 'Must be a whole number of at most ten digits.');
  }
  return undefined;
}

/** Answers when the caller's time is up. What was begun is finished: a commit is never left half done. */
function startDeadline(
  { runtime }: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
): () => void {
  const timeout = headerText(request, 'connect-timeout-ms');
  if (timeout === undefined) return () => undefined;
  return runtime.after(Number(timeout), () => {
    const error = { code: 'deadline_exceeded', message: 'The time the caller gave is up.' };
    sendJson(response, 504, JSON.stringify(error));
  });
}

function headerFault(field: string, rule: string, message: string): Fault {
  return fail('INVALID_REQUEST', `${field}: ${message}`, { violations: [{ field, rule, message }] }).fault;
}
