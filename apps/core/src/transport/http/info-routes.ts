// The routes that need no key: liveness, readiness, what this server is; and the metrics, which need the operator's leave.
import type { IncomingMessage } from 'node:http';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Route } from './routes.ts';
import { sendFault, sendJson } from './send.ts';
import { unauthenticated } from '../../access/authenticator.ts';

export interface InfoSources {
  /** Why the server is not ready; empty: it is. Names only. */
  notReady(): readonly string[];
  /** What is wrong though calls are answered, e.g. `source_invalid:shop`. */
  warnings?(): readonly string[];
  /** Prometheus text and its content type. */
  metrics(): Promise<{ readonly text: string; readonly contentType: string }>;
  /** Left out: metrics are for the loopback address only. */
  readonly metricsToken: string | undefined;
}

export function infoRoutes(sources: InfoSources): readonly Route[] {
  return [
    publicRoute('/', () => [200, about]),
    publicRoute('/healthz', () => [200, { status: 'ok' }]),
    publicRoute('/readyz', () => {
      const reasons = sources.notReady();
      return [
        reasons.length === 0 ? 200 : 503,
        { ready: reasons.length === 0, reasons, ...warningsOf(sources) },
      ];
    }),
    metricsRoute(sources),
  ];
}

/** Nothing where nothing is wrong. */
const warningsOf = (sources: InfoSources): { readonly warnings?: readonly string[] } => {
  const warnings = sources.warnings?.() ?? [];
  return warnings.length === 0 ? {} : { warnings };
};

const about = {
  name: 'flags',
  rpc: 'POST /flags.v1.<Service>/<Method>',
  watch: 'POST /v1/watch',
  beacon: 'POST /v1/beacon',
  health: ['/healthz', '/readyz'],
  metrics: '/metrics',
};

function publicRoute(path: string, answer: () => readonly [number, unknown]): Route {
  return {
    path,
    method: 'GET',
    access: 'public',
    browsers: false,
    serve(_request, response) {
      const [status, body] = answer();
      sendJson(response, status, JSON.stringify(body));
    },
  };
}

function metricsRoute(sources: InfoSources): Route {
  return {
    path: '/metrics',
    method: 'GET',
    access: 'metrics',
    browsers: false,
    serve(request, response) {
      if (!mayReadMetrics(request, sources.metricsToken)) return sendFault(response, unauthenticated);
      sources.metrics().then(
        ({ text, contentType }) => response.writeHead(200, { 'content-type': contentType }).end(text),
        () => response.destroy(),
      );
    },
  };
}

/** With a token: who holds it. Without: who connects over loopback and is not forwarded by a proxy beside us. */
function mayReadMetrics(request: IncomingMessage, token: string | undefined): boolean {
  const { headers, socket } = request;
  if (token !== undefined) return sameText(headers.authorization ?? '', `Bearer ${token}`);
  const forwarded = headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined;
  return !forwarded && /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
