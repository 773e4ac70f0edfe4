// flagd's evaluation services on the HTTP port, as flagd offers them: Connect's unary protocol with JSON, and EventStream as a
// stream of Connect's envelopes, which its providers for browsers and PHP call.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault, Result } from '@org/contract';
import { foreignRules } from '../../access/foreign-rules.ts';
import type { MethodStats } from '../../telemetry/call-stats.ts';
import { createDispatch } from '../dispatcher.ts';
import { headerText } from '../http/authenticated-body.ts';
import { callOnEnvironment } from '../http/environment-call.ts';
import type { EnvironmentCall, EnvironmentRoute } from '../http/environment-call.ts';
import type { HttpContext } from '../http/http-context.ts';
import { serveRpc } from '../http/rpc-route.ts';
import type { Route } from '../http/routes.ts';
import { requestDescriptor } from '../json/message-descriptors.ts';
import { connectErrorOf } from '../status/connect-error.ts';
import { metadataNames } from './flagd-key.ts';
import { createFlagdMethods } from './flagd-methods.ts';
import type { FlagdUnaryName } from './flagd-methods.ts';
import { startEvents } from './streams.ts';
import type { FlagdEvent } from './streams.ts';

const eventStreams = [
  'flagd.evaluation.v1.Service/EventStream',
  'flagd.evaluation.v2.Service/EventStream',
  'schema.v1.Service/EventStream',
] as const;

/** The routes; `counted` gives each its numbers. */
export function flagdRoutes(context: HttpContext, counted: (name: string) => MethodStats): readonly Route[] {
  const methods = createFlagdMethods(context.exposures);
  const names = Object.keys(methods) as FlagdUnaryName[];
  return [
    ...names.filter((name) => !name.startsWith('flagd.sync.')).map((name) => unaryRoute(name)),
    ...eventStreams.map((name) => eventsRoute(context, name, counted(name))),
  ];

  function unaryRoute(name: FlagdUnaryName): Route {
    const rule = foreignRules[name];
    const served = {
      dispatch: createDispatch(context, { name, method: methods[name], rule }, counted(name)),
      descriptor: requestDescriptor(name),
      complete: (message: unknown, request: IncomingMessage) => ({
        environment: headerText(request, metadataNames.environment) ?? '',
        message,
      }),
    };
    return {
      path: `/${name}`,
      method: 'POST',
      access: 'foreign-rules',
      browsers: rule.clientKey,
      serve: (request, response) => serveRpc(context, served, request, response),
    };
  }
}

function eventsRoute(context: HttpContext, name: (typeof eventStreams)[number], stats: MethodStats): Route {
  const rule = foreignRules[name];
  const route: EnvironmentRoute = { name, rule, stats, readsBody: true, mediaTypes: [streamType] };
  return {
    path: `/${name}`,
    method: 'POST',
    access: 'foreign-rules',
    browsers: rule.clientKey,
    serve: (request, response) =>
      callOnEnvironment(context, route, { request, response }, (call) => openEvents(context, call)),
  };
}

const streamType = 'application/connect+json';
const endOfStream = 0b10;

/** The request is empty, whatever it holds. */
function openEvents(
  context: HttpContext,
  { grant, session, authorize, response }: EnvironmentCall,
): Result<unknown> {
  const started = startEvents(context, {
    session,
    grant,
    authorize,
    encode: (event: FlagdEvent) => envelope(0, event),
    send(bytes, taken) {
      begin(response);
      if (!response.writableEnded && !response.destroyed) response.write(bytes, taken);
    },
    fail: (fault) => endWith(response, fault),
    reset: () => response.destroy(),
    onClose: (release) => void response.once('close', release),
  });
  return started;
}

function begin(response: ServerResponse): void {
  if (response.headersSent) return;
  response.writeHead(200, {
    'content-type': streamType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-accel-buffering': 'no',
  });
}

function endWith(response: ServerResponse, fault: Fault): void {
  begin(response);
  if (!response.writableEnded) response.end(envelope(endOfStream, { error: connectErrorOf(fault) }));
}

const headBytes = 5;

/** Flags, length, JSON. */
function envelope(flags: number, message: unknown): Buffer {
  const text = JSON.stringify(message);
  const bytes = Buffer.alloc(headBytes + Buffer.byteLength(text));
  bytes.writeUInt8(flags, 0);
  bytes.writeUInt32BE(bytes.length - headBytes, 1);
  bytes.write(text, headBytes);
  return bytes;
}
