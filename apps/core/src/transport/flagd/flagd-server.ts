// A listener for flagd's protocols alone, for providers that can show no key at all: like flagd itself, it serves whoever
// reaches its address, as the holder of the operator's key. Off unless an address is set; nothing else is served there.
import type { ByteBudget } from '../../limits/byte-budget.ts';
import type { MethodStats } from '../../telemetry/call-stats.ts';
import { createServer, openServer } from '../grpc/grpc-server.ts';
import type { GrpcServerOptions, OpenedServer } from '../grpc/grpc-server.ts';
import { addHealth } from '../grpc/public-services.ts';
import { createReceiveGuard } from '../grpc/receive-guard.ts';
import type { StreamContext } from '../stream-context.ts';
import { addFlagdServices } from './flagd-grpc.ts';

export interface FlagdServer extends OpenedServer {
  readonly stats: readonly MethodStats[];
}

export interface FlagdServerOptions extends GrpcServerOptions {
  /** The key of calls that bring none. */
  readonly fallbackKey: string | undefined;
  readonly bodyBudget: ByteBudget;
}

/** Starts to listen; rejects when the address cannot be had. */
export async function startFlagdServer(
  context: StreamContext,
  options: FlagdServerOptions,
): Promise<FlagdServer> {
  const { fallbackKey, bodyBudget } = options;
  const guard = createReceiveGuard(context, bodyBudget, fallbackKey);
  const server = createServer(options, guard);
  const stats = addFlagdServices(server, context, { fallbackKey, received: guard.received });
  addHealth(server).set(true);
  return { ...(await openServer(server, options)), stats };
}
