// An HTTP proxy in front of the core that remembers everything that passes: what browsers send, what they get, and how
// many streams they hold. It can go away and come back, as networks do.
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request of a browser. Grows while its answer does. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  requestBody: string;
  status: number;
  responseBody: string;
  /** The answer is still open. */
  open: boolean;
}

export interface RecordingProxy {
  readonly url: string;
  readonly exchanges: readonly Exchange[];
  /** Exchanges with this path, the preflights left out. */
  of(path: string): readonly Exchange[];
  openStreams(): number;
  /** Cuts everything and refuses new connections until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
  forget(): void;
  close(): Promise<void>;
}

/** Starts a proxy to the core at this URL. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const exchanges: Exchange[] = [];
  const server = createServer((request, response) => serve(target, request, response, exchanges));
  const listen = (port: number): Promise<void> =>
    new Promise((settle) => server.listen(port, '127.0.0.1', settle));
  const stop = (): Promise<void> =>
    new Promise((settle) => {
      server.close(() => settle());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const of = (path: string): readonly Exchange[] =>
    exchanges.filter(({ method, url }) => url === path && method !== 'OPTIONS');
  return {
    url: `http://127.0.0.1:${String(port)}`,
    exchanges,
    of,
    openStreams: () => of('/v1/watch').filter(({ open, status }) => open && status === 200).length,
    down: stop,
    up: () => listen(port),
    forget: () => void exchanges.splice(0),
    close: stop,
  };
}

function serve(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  exchanges: Exchange[],
): void {
  const { method = '', url = '', headers } = request;
  const exchange: Exchange = {
    method,
    url,
    headers,
    requestBody: '',
    status: 0,
    responseBody: '',
    open: true,
  };
  exchanges.push(exchange);
  const end = (): void => void (exchange.open = false);
  const upstream = forward(new URL(url, target), { method, headers }, (answer) => {
    exchange.status = answer.statusCode ?? 0;
    response.writeHead(exchange.status, answer.headers);
    response.flushHeaders();
    answer.on('data', (chunk: Buffer) => (exchange.responseBody += chunk.toString()));
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  upstream.on('error', () => response.destroy());
  request.on('data', (chunk: Buffer) => (exchange.requestBody += chunk.toString()));
  request.pipe(upstream);
  response.on('close', () => {
    end();
    upstream.destroy();
  });
}
