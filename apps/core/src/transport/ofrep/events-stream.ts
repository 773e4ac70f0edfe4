// The stream of OFREP's change notifications: server-sent events that say "ask again", never what changed. A client that comes
// back with the id of an event it has seen is told at once when something happened since.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Result } from '@org/contract';
import { createBacklog } from '../../limits/backlog.ts';
import type { EnvironmentReplica } from '../../application.ts';
import { headerText } from '../http/authenticated-body.ts';
import { answered, callOnEnvironment } from '../http/environment-call.ts';
import type { EnvironmentCall, EnvironmentRoute } from '../http/environment-call.ts';
import type { HttpContext } from '../http/http-context.ts';
import { replicaOf } from '../methods/replica-of.ts';
import { followChanges } from '../openfeature/changes.ts';
import { guardStream } from '../watch/guard-stream.ts';
import { clientKeyOf } from './events-url.ts';
import { configEtag } from './wait-for-revision.ts';

/** The replica beats every 5 s; proxies that close quiet connections wait longer than this. */
const beatsPerHeartbeat = 3;
/** How long a browser waits before it comes back; spread by the server so that not all come at once. */
const retryMs = { min: 1_000, spread: 4_000 };

/** Answers `GET /ofrep/v1/events`. */
export function openEvents(
  context: HttpContext,
  route: EnvironmentRoute,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const apiKey = headerText(request, 'x-api-key') ?? clientKeyOf(request.url ?? '');
  return callOnEnvironment(context, route, { request, response, apiKey }, (call) => open(context, call));
}

function open(context: HttpContext, call: EnvironmentCall): Result<unknown> {
  const { grant, session, authorize, request, response } = call;
  const found = replicaOf(context.application, grant);
  if (!found.ok) return found;
  const replica = found.value;
  const guard = guardStream({ session, streams: context.streams, authorize, end: () => response.end() });
  if ('fault' in guard) return { ok: false, fault: guard.fault };
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // Reverse proxies must not gather events before they pass them on.
    'x-accel-buffering': 'no',
  });
  const send = sender(context, response);
  const cancel = follow(context, replica, grant.view, send.text);
  response.once('close', () => {
    cancel();
    guard.close();
    send.close();
  });
  const retry = Math.round(retryMs.min + context.runtime.random() * retryMs.spread);
  send.text(`retry: ${retry}\n: open\n\n`);
  const lastSeen = headerText(request, 'last-event-id');
  if (lastSeen !== undefined && lastSeen !== configEtag(replica)) send.text(refetch(context, replica));
  return answered;
}

function follow(
  { runtime }: HttpContext,
  replica: EnvironmentReplica,
  view: 'server' | 'client',
  send: (text: string) => void,
): () => void {
  let beats = 0;
  return followChanges(replica, view, runtime, {
    changed: () => send(refetch({ runtime }, replica)),
    beat() {
      beats = (beats + 1) % beatsPerHeartbeat;
      if (beats === 0) send(': heartbeat\n\n');
    },
  });
}

function refetch({ runtime }: Pick<HttpContext, 'runtime'>, replica: EnvironmentReplica): string {
  const etag = configEtag(replica);
  const data = { type: 'refetchEvaluation', etag, lastModified: Math.floor(runtime.now() / 1000) };
  return `id: ${etag}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A client that does not read is cut off before it costs memory. */
function sender(
  { backlogBytesMax, backlogBudget }: HttpContext,
  response: ServerResponse,
): { text(text: string): void; close(): void } {
  const backlog = createBacklog(backlogBytesMax, backlogBudget);
  return {
    text(text) {
      if (response.writableEnded || response.destroyed) return;
      if (backlog.add(text.length)) response.write(text, () => backlog.done(text.length));
      else response.destroy();
    },
    close: () => backlog.close(),
  };
}
