// The calls of which there are most are served over node:http2 itself, ahead of grpc-js, whose layers cost more than such
// a call does (docs/adr/0010). Everything else, and every call with something unusual about it, goes on to grpc-js.
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Server, ServerCredentials } from '@grpc/grpc-js';

/** Serves one call. Must not throw. */
export type DirectHandler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** grpc-js makes its HTTP/2 server itself and shows it to nobody. */
interface Internals {
  createHttp2Server(credentials: ServerCredentials): Http2Server;
}

type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...rest: unknown[]) => void;

/** To be called before connections are injected: `handlers` by path come first, grpc-js serves what they leave. */
export function serveDirectly(server: Server, handlers: ReadonlyMap<string, DirectHandler>): void {
  const internals = server as unknown as Internals;
  const create = internals.createHttp2Server.bind(server);
  internals.createHttp2Server = (credentials) => {
    const http2Server = create(credentials);
    const handOn = http2Server.listeners('stream') as OnStream[];
    http2Server.removeAllListeners('stream');
    http2Server.on(
      'stream',
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...rest: unknown[]) => {
        const serve = isPlain(headers) ? handlers.get(headers[':path'] ?? '') : undefined;
        if (serve !== undefined) serve(stream, headers);
        else for (const listener of handOn) listener(stream, headers, ...rest);
      },
    );
    return http2Server;
  };
}

/** A gRPC call without compression. Others are rare, and grpc-js knows what to answer them. */
function isPlain(headers: IncomingHttpHeaders): boolean {
  const encoding = headers['grpc-encoding'];
  return (
    headers['content-type']?.startsWith('application/grpc') === true &&
    headers[':method'] === 'POST' &&
    (encoding === undefined || encoding === 'identity')
  );
}

/** The one value of a header; several values are as good as a malformed one. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? '' : value;
}
