// CORS: preflights are answered for origins that some environment (or the operator) allows; whether this key may be used
// from there is decided at the call itself, which is where the key is known.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KnownOrigins } from '../../access/origins.ts';
import type { RouteGroup } from './routes.ts';

const requestHeaders = [
  'authorization',
  'x-api-key',
  'content-type',
  'content-encoding',
  'connect-protocol-version',
  'connect-timeout-ms',
  'x-request-id',
  'if-none-match',
  'flags-exposures',
  'flags-environment',
];
const preflightSecondsMax = 7_200;

/** Lets the page of this origin read the answer. Called once the origin is known to be allowed, or for answers without content. */
export function allowOrigin(response: ServerResponse, origin: string | undefined): void {
  if (origin === undefined) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', 'x-request-id, retry-after, etag');
}

/** Answers OPTIONS: 204, with permission where there is one. */
export async function answerPreflight(
  request: IncomingMessage,
  response: ServerResponse,
  group: RouteGroup,
  origins: KnownOrigins,
  trustedOrigins: readonly string[],
): Promise<void> {
  const { origin } = request.headers;
  response.setHeader('vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers');
  if (
    origin !== undefined &&
    (trustedOrigins.includes(origin) || (group.browsers && (await origins.isKnown(origin))))
  ) {
    allowOrigin(response, origin);
    response.setHeader('access-control-allow-methods', methodsOf(group).join(', '));
    response.setHeader('access-control-allow-headers', requestHeaders.join(', '));
    response.setHeader('access-control-max-age', preflightSecondsMax);
  }
  response.setHeader('allow', allowedMethods(group));
  response.writeHead(204).end();
}

/** For the Allow header. */
export function allowedMethods(group: RouteGroup): string {
  const methods = methodsOf(group).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return [...methods, 'OPTIONS'].join(', ');
}

function methodsOf({ routes }: RouteGroup): readonly string[] {
  return routes.map(({ method }) => method);
}
