// An interceptor for servers of grpc-js: the evaluation context of every call, of whatever kind, from its metadata.
import { ServerInterceptingCall, type Metadata, type ServerInterceptor } from '@grpc/grpc-js';
import type { FlatContext } from '@org/contract/model';
import { buildContext, createContextStore, type ContextOptions } from './request-context.ts';

export { countryFromHeader, type ContextOptions } from './request-context.ts';

/** What a handler has in hand. */
export interface GrpcCall {
  readonly metadata: Metadata;
}

const contexts = createContextStore<Metadata>();

/** Builds the context of each call before its handler runs; `contextOf` gives it to that. Options see the metadata. */
export function flagsContext(options: ContextOptions<GrpcCall> = {}): ServerInterceptor {
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, forward) {
            const facts = { ip: addressOfPeer(call.getPeer()), header: headerOf(metadata) };
            void buildContext({ metadata }, facts, options).then((context) => {
              contexts.set(metadata, context);
              forward(metadata);
            });
          },
        }),
    });
}

/** The context of the call; an empty one when the interceptor has not seen it. */
export const contextOf = ({ metadata }: GrpcCall): FlatContext => contexts.get(metadata);

const headerOf =
  (metadata: Metadata) =>
  (name: string): string | undefined => {
    const [value] = metadata.get(name);
    return typeof value === 'string' ? value : undefined;
  };

/** Of `192.0.2.7:50000`, `[2001:db8::1]:50000` and the same with a scheme in front. */
export function addressOfPeer(peer: string): string | undefined {
  const [, six, four] = /^(?:ipv[46]:)?(?:\[([^\]]+)\]|([\d.]+)):\d+$/.exec(peer) ?? [];
  return six ?? four ?? (/^[\da-f:]+:\d+$/i.test(peer) ? peer.slice(0, peer.lastIndexOf(':')) : undefined);
}
