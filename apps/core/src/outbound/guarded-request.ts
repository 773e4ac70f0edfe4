// Requests to addresses that rules or channels name. Resolves once and connects to exactly what was judged, follows nothing,
// takes at most 64 KB in 5 s. Must never be given a key or a context.
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { createAddressRules, type AllowList } from './address-rules.ts';

/** What came back, or why nothing did. */
export type Fetched =
  | { readonly ok: true; readonly status: number; readonly body: string; readonly etag?: string | undefined }
  | { readonly ok: false; readonly problem: string };

/** What is sent. */
export interface Sent {
  readonly method: 'GET' | 'POST';
  readonly headers: { readonly [name: string]: string };
  readonly body?: string;
  /** Of the answer; 64 KB. */
  readonly bytesMax?: number;
  /** 5 s. */
  readonly timeoutMs?: number;
}

export type GuardedRequest = (url: string, sent: Sent) => Promise<Fetched>;

/** Resolves a name to all of its addresses. */
export type ResolveHost = (host: string) => Promise<readonly { address: string; family: number }[]>;

export const bodyBytesMax = 64 * 1024;
const timeoutMsDefault = 5_000;

const resolveSystem: ResolveHost = (host) =>
  new Promise((resolve, reject) =>
    systemLookup(host, { all: true }, (error, found) => (error === null ? resolve(found) : reject(error))),
  );

/** `resolve` is replaced in tests. */
export function createGuardedRequest(
  allowed: AllowList,
  resolve: ResolveHost = resolveSystem,
): GuardedRequest {
  const rules = createAddressRules(allowed);
  return async (text, sent) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) return refused('only http and https');
    if (url.username !== '' || url.password !== '') return refused('no credentials in addresses');
    const host = url.hostname.replace(/^\[|\]$/g, '');
    try {
      const found = isIP(host) === 0 ? await resolve(host) : [{ address: host, family: isIP(host) }];
      const [first] = found;
      if (first === undefined) return refused('the name has no address');
      const isFine =
        rules.isHostAllowed(host) || found.every(({ address }) => rules.isAddressAllowed(address));
      // One bad address of several is a bad name: which one is taken would be chance.
      if (!isFine) return refused('the address is not public; see FLAGS_OUTBOUND_ALLOW');
      return await send(url, first, sent);
    } catch (error) {
      return refused(error instanceof Error ? error.message : 'it failed');
    }
  };
}

const refused = (problem: string): Fetched => ({ ok: false, problem });

function send(
  url: URL,
  { address, family }: { address: string; family: number },
  { method, headers, body, bytesMax = bodyBytesMax, timeoutMs = timeoutMsDefault }: Sent,
): Promise<Fetched> {
  // Whoever asks for the name now gets what was judged, and nothing else.
  const pinned: LookupFunction = (_host, { all }, done) => {
    if (all === true) (done as (error: null, found: LookupAddress[]) => void)(null, [{ address, family }]);
    else done(null, address, family);
  };
  const options: RequestOptions = {
    lookup: pinned,
    method,
    agent: false,
    headers: { accept: '*/*', 'user-agent': 'flags', ...headers },
    signal: AbortSignal.timeout(timeoutMs),
  };
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (response) =>
      read(response, bytesMax, resolve),
    );
    request.on('error', (error) => resolve(refused(error.message)));
    request.end(body);
  });
}

function read(response: IncomingMessage, bytesMax: number, resolve: (fetched: Fetched) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes <= bytesMax) return;
    response.destroy();
    resolve(refused(`more than ${bytesMax} bytes`));
  });
  response.on('error', (error) => resolve(refused(error.message)));
  response.on('end', () =>
    resolve({
      ...{ ok: true, status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() },
      etag: response.headers.etag,
    }),
  );
}
