// The shop over HTTP: the page, its data, and a stream that says when the service's flags changed.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { contextOf, customerOf } from '../customers.ts';
import type { PageFile } from './page-files.ts';
import type { ShopFlags } from './shop-flags.ts';
import type { createShop } from './shop.ts';

const bodyBytesMax = 16 * 1024;
const imageDelayMsMax = 10_000;
const streamsMax = 100;

/** What the routes need. */
export interface ShopHttpOptions {
  readonly shop: ReturnType<typeof createShop>;
  readonly flags: ShopFlags;
  readonly files: ReadonlyMap<string, PageFile>;
  /** Origin that the page's own SDK talks to. */
  readonly flagsUrl: string;
  /** Calls the listener after every change of the service's flags; the returned function ends that. */
  readonly onChange: (listener: (revision: number) => void) => () => void;
  readonly revision: () => number;
  readonly track: (name: string, customerKey: string, value: number) => void;
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void | Promise<void>;

/** A server that is not listening yet. */
export function createShopServer(options: ShopHttpOptions): Server {
  const routes = shopRoutes(options);
  return createServer((request, response) => {
    setSecurityHeaders(response, options.flagsUrl);
    answer(routes, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else send(response, 400, { error: 'The request could not be understood.' });
    });
  });
}

async function answer(
  routes: ReadonlyMap<string, Handler>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Put together as text: a path like "//" is no base-relative URL.
  const url = new URL(`http://shop${request.url ?? '/'}`);
  const handler = routes.get(`${request.method} ${url.pathname}`);
  if (handler === undefined) return send(response, 404, { error: 'There is nothing here.' });
  await handler(request, response, url);
}

function shopRoutes(options: ShopHttpOptions): ReadonlyMap<string, Handler> {
  const { shop, flags, files, revision } = options;
  const view: Handler = (_request, response, url) => {
    const customer = customerOf(url.searchParams.get('customer'));
    send(response, 200, {
      revision: revision(),
      view: shop.view(customer),
      flags: answers(flags, contextOf(customer)),
    });
  };
  const checkout: Handler = async (request, response, url) => {
    const customer = customerOf(url.searchParams.get('customer'));
    const { productIds } = (await readJson(request)) as { productIds?: unknown };
    const ids = Array.isArray(productIds) ? productIds.filter((id) => typeof id === 'string') : [];
    const result = shop.checkout(customer, ids);
    if (result.outcome === 'paid') options.track('checkout', customer.targetingKey, result.totalCents);
    send(response, result.outcome === 'payment-unreachable' ? 503 : 200, result);
  };
  const image: Handler = async (_request, response, url) => {
    const delayMs = flags.imageSlowLoadMs.get(contextOf(customerOf(url.searchParams.get('customer'))));
    if (delayMs > 0) await pause(Math.min(delayMs, imageDelayMsMax));
    response
      .writeHead(200, { 'content-type': 'image/svg+xml', 'cache-control': 'no-store' })
      .end(drawing(url.searchParams.get('product')));
  };
  return new Map<string, Handler>([
    ['GET /api/view', view],
    ['POST /api/checkout', checkout],
    ['GET /image', image],
    ['GET /api/changes', changeStream(options)],
    ['GET /healthz', (_request, response) => send(response, 200, { status: 'ok', revision: revision() })],
    ...[...files].map(([path, file]): [string, Handler] => [
      `GET ${path}`,
      (_request, response) => sendFile(response, file),
    ]),
  ]);
}

/** Server-sent events: one for every change of the flags that this service evaluates. */
function changeStream({ onChange, revision }: ShopHttpOptions): Handler {
  let open = 0;
  return (request, response) => {
    if (open >= streamsMax) return send(response, 503, { error: 'Too many pages are open.' });
    open += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const write = (current: number): void => void response.write(`data: ${current}\n\n`);
    write(revision());
    const end = onChange(write);
    request.on('close', () => {
      open -= 1;
      end();
    });
  };
}

/** What every flag answers, with variant and reason: shown on the page beside the browser's own answers. */
function answers(flags: ShopFlags, context: Readonly<Record<string, string>>) {
  return Object.values(flags).map((flag) => {
    const { flagKey, value, variant, reason } = flag.details(context);
    return { flagKey, value, variant, reason };
  });
}

function setSecurityHeaders(response: ServerResponse, flagsUrl: string): void {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${flagsUrl}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  response.setHeader('content-security-policy', policy.join('; '));
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
}

async function readJson(request: IncomingMessage): Promise<object> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bodyBytesMax) throw new Error(`a body has at most ${bodyBytesMax} bytes`);
    parts.push(part);
  }
  const parsed: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
  return typeof parsed === 'object' && parsed !== null ? parsed : {};
}

function send(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}

function sendFile(response: ServerResponse, { type, body }: PageFile): void {
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

/** A picture made of the product's id: a ring of stars. */
function drawing(product: string | null): string {
  const seed = [...(product ?? '')].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 3600, 7);
  const stars = Array.from({ length: 9 }, (_, index) => {
    const angle = ((seed + index * 40) * Math.PI) / 180;
    const radius = 22 + ((seed * (index + 3)) % 20);
    const [x, y] = [60 + Math.cos(angle) * radius, 45 + Math.sin(angle) * radius * 0.8];
    return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${1 + (index % 3)}" fill="#ffe9a8"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 90"><rect width="120" height="90" fill="hsl(${seed % 360} 45% 22%)"/><circle cx="60" cy="45" r="13" fill="hsl(${(seed + 60) % 360} 60% 70%)"/>${stars.join('')}</svg>`;
}
