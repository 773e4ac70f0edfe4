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
import { isMediaType } from '../http/media-type.ts';
import { serveRpc } from '../http/rpc-route.ts';
import type { Route } from '../http/routes.ts';
import { requestDescriptor } from '../json/message-descriptors.ts';
import { connectErrorOf } from '../status/connect-error.ts';
import { eventCodecs } from './event-codecs.ts';
import type { EventCodec, EventStreamName } from './event-codecs.ts';
import { metadataNames, shownKey } from './flagd-key.ts';
import { createFlagdMethods } from './flagd-methods.ts';
import type { FlagdUnaryName } from './flagd-methods.ts';
import { startEvents } from './streams.ts';
import type { FlagdEvent } from './streams.ts';

const eventStreams = Object.keys(eventCodecs) as readonly EventStreamName[];

/** The routes; `counted` gives each its numbers. `fallbackKey`: the key of calls that bring none. */
export function flagdRoutes(
  context: HttpContext,
  counted: (name: string) => MethodStats,
  fallbackKey?: string,
): readonly Route[] {
  const apiKeyOf = (request: IncomingMessage): string | undefined =>
    shownKey({ header: (name) => headerText(request, name), fallback: fallbackKey }).apiKey;
  const methods = createFlagdMethods(context.exposures);
  const names = Object.keys(methods) as FlagdUnaryName[];
  return [
    ...names.filter((name) => !name.startsWith('flagd.sync.')).map((name) => unaryRoute(name)),
    ...eventStreams.map((name) => eventsRoute(context, name, counted(name), apiKeyOf)),
  ];

  function unaryRoute(name: FlagdUnaryName): Route {
    const rule = foreignRules[name];
    const served = {
      dispatch: createDispatch(context, { name, method: methods[name], rule }, counted(name)),
      descriptor: requestDescriptor(name),
      apiKeyOf,
      binary: true,
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

function eventsRoute(
  context: HttpContext,
  name: EventStreamName,
  stats: MethodStats,
  apiKeyOf: (request: IncomingMessage) => string | undefined,
): Route {
  const rule = foreignRules[name];
  const mediaTypes = [streamTypes.json, streamTypes.binary];
  const route: EnvironmentRoute = { name, rule, stats, readsBody: true, mediaTypes };
  return {
    path: `/${name}`,
    method: 'POST',
    access: 'foreign-rules',
    browsers: rule.clientKey,
    serve: (request, response) =>
      callOnEnvironment(context, route, { request, response, apiKey: apiKeyOf(request) }, (call) =>
        openEvents(context, call, eventCodecs[name]),
      ),
  };
}

const streamTypes = { json: 'application/connect+json', binary: 'application/connect+proto' } as const;
const endOfStream = 0b10;

/** The request is empty, whatever it holds. */
function openEvents(context: HttpContext, call: EnvironmentCall, codec: EventCodec): Result<unknown> {
  const { grant, session, authorize, request, response } = call;
  const isBinary = isMediaType(request.headers['content-type'], [streamTypes.binary]);
  const begin = (): void => beginStream(response, isBinary ? streamTypes.binary : streamTypes.json);
  return startEvents(context, {
    session,
    grant,
    authorize,
    encode: (event: FlagdEvent) => envelope(0, isBinary ? codec.encode(event).finish() : jsonOf(event)),
    send(bytes, taken) {
      begin();
      if (!response.writableEnded && !response.destroyed) response.write(bytes, taken);
    },
    fail(fault) {
      begin();
      if (!response.writableEnded) response.end(envelope(endOfStream, jsonOf(endOf(fault))));
    },
    reset: () => response.destroy(),
    onClose: (release) => void response.once('close', release),
  });
}

const jsonOf = (message: unknown): Uint8Array => Buffer.from(JSON.stringify(message));
const endOf = (fault: Fault): object => ({ error: connectErrorOf(fault) });

function beginStream(response: ServerResponse, contentType: string): void {
  if (response.headersSent) return;
  response.writeHead(200, {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-accel-buffering': 'no',
  });
}

const headBytes = 5;

/** Flags, length, message. */
function envelope(flags: number, message: Uint8Array): Buffer {
  const bytes = Buffer.alloc(headBytes + message.length);
  bytes.writeUInt8(flags, 0);
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, headBytes);
  return bytes;
}
