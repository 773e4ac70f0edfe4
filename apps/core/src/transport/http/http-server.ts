// The HTTP port: one listener over the table of routes. Bounded before anything is read: headers, time, connections.
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerOptions, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { fail } from '@org/contract';
import { createMethodStats } from '../../telemetry/call-stats.ts';
import type { MethodStats } from '../../telemetry/call-stats.ts';
import { flagdRoutes } from '../flagd/flagd-http.ts';
import { unaryMethods } from '../methods/index.ts';
import type { UnaryMethodName } from '../methods/index.ts';
import { manifestRoutes } from '../manifest/manifest-routes.ts';
import { ofrepRoutes } from '../ofrep/ofrep-routes.ts';
import { requestIdOf } from '../request-id.ts';
import { headerText } from './authenticated-body.ts';
import { beaconRoute } from './beacon-route.ts';
import { allowedMethods, answerPreflight } from './cors.ts';
import type { HttpContext } from './http-context.ts';
import { infoRoutes } from './info-routes.ts';
import type { InfoSources } from './info-routes.ts';
import { findRoutes, routeTable } from './routes.ts';
import type { Route, RouteTable } from './routes.ts';
import { rpcRoute } from './rpc-route.ts';
import { answerFaultsAs, refuseBody } from './send.ts';
import { streamingRoute } from './streaming-route.ts';
import { watchRoute } from './watch-route.ts';

export interface HttpServer {
  readonly port: number;
  readonly stats: readonly MethodStats[];
  readonly routes: RouteTable;
  /** Takes no new connections, waits for requests under way up to `graceMs`, then drops the rest. */
  close(graceMs: number): Promise<void>;
}

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsOptions | undefined;
  readonly connectionsMax: number;
  readonly info: InfoSources;
}

const idleCheckMs = 50;

const serverOptions: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2_000,
};

/** Starts to listen; rejects when the address cannot be had. */
export async function startHttpServer(context: HttpContext, options: HttpServerOptions): Promise<HttpServer> {
  const stats: MethodStats[] = [];
  const routes = routeTable([...infoRoutes(options.info), ...callRoutes(context, stats)]);
  const server = createRouteServer(context, routes, options.tls);
  server.maxConnections = options.connectionsMax;
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return { port, stats, routes, close: (graceMs) => close(server, graceMs) };
}

/** A server for a table of routes that does not listen yet. */
export function createRouteServer(context: HttpContext, routes: RouteTable, tls?: TlsOptions): Server {
  const listener: RequestListener = (request, response) => serve(context, routes, request, response);
  const server =
    tls === undefined
      ? createServer(serverOptions, listener)
      : createTlsServer({ ...serverOptions, ...tls }, listener);
  // The body of a request that is refused is never asked for; readBody says "continue" for the others.
  server.on('checkContinue', listener);
  server.on('clientError', refuseUnreadable);
  return server;
}

function callRoutes(context: HttpContext, stats: MethodStats[]): readonly Route[] {
  const counted = (name: string): MethodStats => {
    const methodStats = createMethodStats(name, 'http');
    stats.push(methodStats);
    return methodStats;
  };
  const names = Object.keys(unaryMethods) as UnaryMethodName[];
  return [
    ...names.map((name) => rpcRoute(context, name, counted(name))),
    streamingRoute('flags.v1.SyncService/Watch'),
    streamingRoute('flags.v1.FlagService/EvaluateStream'),
    watchRoute(context),
    beaconRoute(context, counted('beacon')),
    ...ofrepRoutes(context, counted),
    ...flagdRoutes(context, counted),
    ...manifestRoutes(context, counted),
  ];
}

function serve(
  context: HttpContext,
  routes: RouteTable,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  response.setHeader('x-request-id', requestIdOf(headerText(request, 'x-request-id'), context.runtime));
  response.setHeader('vary', 'Origin');
  response.on('error', () => undefined);
  request.on('error', () => undefined);
  const found = findRoutes(routes, request.url ?? '');
  if (found === undefined) return refuseBody(request, response, unknownPath, 404);
  const { group, parameters } = found;
  if (request.method === 'OPTIONS') {
    const { knownOrigins, trustedOrigins } = context;
    return void answerPreflight(request, response, group, knownOrigins, trustedOrigins);
  }
  const wanted = request.method === 'HEAD' ? 'GET' : request.method;
  const route = group.routes.find(({ method }) => method === wanted);
  if (route === undefined) {
    response.setHeader('allow', allowedMethods(group));
    return refuseBody(request, response, wrongMethod, 405);
  }
  if (route.faults !== undefined) answerFaultsAs(response, route.faults);
  void run(context, route, parameters, request, response);
}

async function run(
  context: HttpContext,
  route: Route,
  parameters: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await route.serve(request, response, parameters);
  } catch (error) {
    context.logger.error({ err: error, route: route.path }, 'unexpected error on a route');
    response.destroy();
  }
}

const unknownPath = fail('NOT_FOUND', 'There is nothing at this path.').fault;
const wrongMethod = fail('UNIMPLEMENTED', 'The Allow header names the methods of this path.').fault;

/** What cannot be read as HTTP gets the shortest answer there is. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const status = statusOf(error.code);
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function statusOf(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
}

function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    // A connection that was busy just now is kept alive by its client until somebody closes it.
    const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs);
    server.close(() => {
      clearTimeout(timer);
      clearInterval(idle);
      resolve();
    });
  });
}
