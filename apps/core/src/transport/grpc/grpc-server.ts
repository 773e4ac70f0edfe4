// The gRPC server: every method of the contract behind one wrapper, health and reflection beside it.
import type { Socket } from 'node:net';
import { Server } from '@grpc/grpc-js';
import type { ServerCredentials, ServerOptions, UntypedHandleCall } from '@grpc/grpc-js';
import { limits } from '@org/contract';
import type { ByteBudget } from '../../limits/byte-budget.ts';
import { createMethodStats } from '../../telemetry/call-stats.ts';
import type { MethodStats } from '../../telemetry/call-stats.ts';
import { createUnaryDispatch } from '../dispatcher.ts';
import type { DispatchUnary } from '../dispatcher.ts';
import { addFlagdServices } from '../flagd/flagd-grpc.ts';
import { unaryMethods } from '../methods/index.ts';
import type { StreamingMethodName, UnaryMethodName } from '../methods/index.ts';
import type { StreamContext } from '../stream-context.ts';
import { serveDirectly } from './direct-calls.ts';
import type { DirectHandler } from './direct-calls.ts';
import { directUnary } from './direct-unary.ts';
import { directEvaluateStream, evaluateStreamHandler } from './evaluate-stream-handler.ts';
import { listen } from './listener.ts';
import type { Listener } from './listener.ts';
import { addHealth, addReflection } from './public-services.ts';
import type { Health } from './public-services.ts';
import { createReceiveGuard } from './receive-guard.ts';
import type { ReceiveGuard } from './receive-guard.ts';
import { pathOf, rawServiceDefinition } from './service-definitions.ts';
import { unaryHandler } from './unary-handler.ts';
import { directWatch, watchHandler } from './watch-handler.ts';

export interface GrpcServer {
  /** The port in use. */
  readonly port: number;
  readonly health: Health;
  readonly stats: readonly MethodStats[];
  connections: () => number;
  /** Takes no new calls, waits for those under way up to `graceMs`, then drops the rest. */
  close(graceMs: number): Promise<void>;
}

export interface GrpcServerOptions {
  /** host:port; port 0 takes a free one. */
  readonly address: string;
  readonly credentials: ServerCredentials;
  readonly reflection: boolean;
  readonly streamsPerConnectionMax: number;
  readonly connectionsMax: number;
  /** Bytes of messages on their way, shared with HTTP. */
  readonly bodyBudget: ByteBudget;
}

const mebibyte = 1024 * 1024;
const flowControlWindow = mebibyte / 4;

/** Starts to listen; rejects when the address cannot be had. */
export async function startGrpcServer(
  context: StreamContext,
  options: GrpcServerOptions,
): Promise<GrpcServer> {
  const guard = createReceiveGuard(context, options.bodyBudget);
  const server = createServer(options, guard);
  const calls = prepareUnary(context);
  server.addService(rawServiceDefinition(), handlers(context, guard, calls));
  serveDirectly(server, directHandlers(context, calls, options.bodyBudget));
  const flagd = addFlagdServices(server, context, { fallbackKey: undefined, received: guard.received });
  const health = addHealth(server);
  if (options.reflection) addReflection(server);
  const opened = await openServer(server, options);
  return { ...opened, health, stats: [...Object.values(calls).map(({ stats }) => stats), ...flagd] };
}

/** A server that listens. */
export type OpenedServer = Omit<GrpcServer, 'health' | 'stats'>;

/** A server without services. */
export function createServer(options: GrpcServerOptions, guard: ReceiveGuard): Server {
  const server = new Server({ ...serverOptions(options), interceptors: [guard.interceptor] });
  widenWindows(server, options.streamsPerConnectionMax);
  return server;
}

/** Listens for a server; rejects when the address cannot be had. `accept` may take a connection for itself. */
export async function openServer(
  server: Server,
  options: GrpcServerOptions,
  accept: (socket: Socket, inject: (socket: Socket) => void) => void = (socket, inject) => inject(socket),
): Promise<OpenedServer> {
  const { address, connectionsMax, credentials } = options;
  const injector = server.createConnectionInjector(credentials);
  const inject = (socket: Socket): void => injector.injectConnection(socket);
  const onConnection = (socket: Socket): void => accept(socket, inject);
  const listener = await listen({ address, connectionsMax, onConnection });
  return {
    port: listener.port,
    connections: () => listener.connections,
    close: (graceMs) => close(server, listener, graceMs),
  };
}

function serverOptions({ streamsPerConnectionMax }: GrpcServerOptions): ServerOptions {
  return {
    'grpc.max_receive_message_length': limits.requestBytesMax,
    'grpc.max_send_message_length': 32 * mebibyte,
    'grpc.max_concurrent_streams': streamsPerConnectionMax,
    'grpc.enable_channelz': 0,
    // A peer that vanished without a word is noticed within 30 s, and its streams are freed.
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
  };
}

/**
 * grpc-js leaves the HTTP/2 receive window of a stream at 64 KiB, which stalls EvaluateStream on any link with delay, and
 * has no option for it; its options object is the only way in.
 */
function widenWindows(server: Server, maxConcurrentStreams: number): void {
  const internals = server as unknown as { commonServerOptions: { settings?: object } };
  internals.commonServerOptions.settings = { maxConcurrentStreams, initialWindowSize: flowControlWindow };
}

function directHandlers(
  context: StreamContext,
  calls: PreparedCalls,
  budget: ByteBudget,
): ReadonlyMap<string, DirectHandler> {
  const unary = Object.entries(calls).map(
    ([name, { dispatch }]) =>
      [pathOf(name as UnaryMethodName), directUnary(context, dispatch, budget)] as const,
  );
  return new Map([
    ...unary,
    [pathOf('flags.v1.SyncService/Watch'), directWatch(context, budget)],
    [pathOf('flags.v1.FlagService/EvaluateStream'), directEvaluateStream(context)],
  ]);
}

interface PreparedUnary {
  readonly stats: MethodStats;
  readonly dispatch: DispatchUnary;
}

type PreparedCalls = Readonly<Record<UnaryMethodName, PreparedUnary>>;

function prepareUnary(context: StreamContext): PreparedCalls {
  const names = Object.keys(unaryMethods) as UnaryMethodName[];
  const prepared = names.map((name): readonly [UnaryMethodName, PreparedUnary] => {
    const stats = createMethodStats(name, 'grpc');
    return [name, { stats, dispatch: createUnaryDispatch(context, name, stats) }];
  });
  return Object.fromEntries(prepared) as PreparedCalls;
}

function handlers(
  context: StreamContext,
  guard: ReceiveGuard,
  calls: PreparedCalls,
): Record<string, UntypedHandleCall> {
  const streaming: Record<StreamingMethodName, UntypedHandleCall> = {
    'flags.v1.SyncService/Watch': watchHandler(context) as UntypedHandleCall,
    'flags.v1.FlagService/EvaluateStream': evaluateStreamHandler(context) as UntypedHandleCall,
  };
  const unary = Object.entries(calls).map(
    ([name, { dispatch }]) => [name, unaryHandler(dispatch, guard, context.runtime)] as const,
  );
  return { ...streaming, ...(Object.fromEntries(unary) as Record<string, UntypedHandleCall>) };
}

/** `tryShutdown` asks clients to go; whether they have gone is seen at the connections (it answers too early in Node 24). */
async function close(server: Server, listener: Listener, graceMs: number): Promise<void> {
  const gone = listener.close();
  server.tryShutdown(() => undefined);
  const timer = setTimeout(() => listener.destroy(), graceMs);
  await gone;
  clearTimeout(timer);
}
