// A listener for flagd's protocols alone, for providers that can show no key at all: like flagd itself, it serves whoever
// reaches its address, as the holder of the operator's key, over gRPC and HTTP on one port (over gRPC alone with TLS). Off
// unless an address is set; nothing else is served there.
import type { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { createMethodStats } from '../../telemetry/call-stats.ts';
import type { MethodStats } from '../../telemetry/call-stats.ts';
import { createServer, openServer } from '../grpc/grpc-server.ts';
import type { GrpcServerOptions, OpenedServer } from '../grpc/grpc-server.ts';
import { addHealth } from '../grpc/public-services.ts';
import { createReceiveGuard } from '../grpc/receive-guard.ts';
import type { HttpContext } from '../http/http-context.ts';
import { createRouteServer } from '../http/http-server.ts';
import { routeTable } from '../http/routes.ts';
import { addFlagdServices } from './flagd-grpc.ts';
import { flagdRoutes } from './flagd-http.ts';

export interface FlagdServer extends OpenedServer {
  readonly stats: readonly MethodStats[];
}

export interface FlagdServerOptions extends GrpcServerOptions {
  /** The key of calls that bring none. */
  readonly fallbackKey: string | undefined;
  readonly isTls: boolean;
}

/** Starts to listen; rejects when the address cannot be had. */
export async function startFlagdServer(
  context: HttpContext,
  options: FlagdServerOptions,
): Promise<FlagdServer> {
  const { fallbackKey, bodyBudget, isTls } = options;
  const guard = createReceiveGuard(context, bodyBudget, fallbackKey);
  const server = createServer(options, guard);
  const stats = [...addFlagdServices(server, context, { fallbackKey, received: guard.received })];
  addHealth(server).set(true);
  if (isTls) return { ...(await openServer(server, options)), stats };
  const counted = (name: string): MethodStats => {
    const methodStats = createMethodStats(name, 'http');
    stats.push(methodStats);
    return methodStats;
  };
  const http = createRouteServer(context, routeTable(flagdRoutes(context, counted, fallbackKey)));
  return { ...(await openServer(server, options, (socket, inject) => sort(socket, inject, http))), stats };
}

const prefaceStart = 'PRI';
const firstBytesMs = 10_000;

/** HTTP/2 connections begin with a preface that is no HTTP/1 request; what sends nothing is dropped. */
function sort(socket: Socket, inject: (socket: Socket) => void, http: HttpServer): void {
  const drop = (): void => void socket.destroy();
  socket.setTimeout(firstBytesMs, drop);
  socket.once('error', drop);
  socket.once('readable', () => {
    const first = socket.read() as Buffer | null;
    if (first === null) return drop();
    socket.setTimeout(0);
    socket.off('timeout', drop).off('error', drop);
    socket.unshift(first);
    if (first.toString('latin1', 0, prefaceStart.length) === prefaceStart) inject(socket);
    else http.emit('connection', socket);
  });
}
