// OpenFeature's Remote Evaluation Protocol (OFREP 0.3.0): one flag, all flags with an ETag, and the stream that says when to ask
// again. Over the same admission, keys and rules as every other call.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorCode, Result } from '@org/contract';
import { limits } from '@org/contract';
import type { EnvironmentReplica } from '../../application.ts';
import { foreignRules } from '../../access/foreign-rules.ts';
import type { ForeignRouteName } from '../../access/foreign-rules.ts';
import { readKey } from '../../access/read-key.ts';
import type { MethodStats } from '../../telemetry/call-stats.ts';
import { headerText } from '../http/authenticated-body.ts';
import { answered, callOnEnvironment } from '../http/environment-call.ts';
import type { EnvironmentCall, EnvironmentRoute } from '../http/environment-call.ts';
import type { HttpContext } from '../http/http-context.ts';
import type { Route } from '../http/routes.ts';
import { answerFaultsAs, sendJson } from '../http/send.ts';
import { errorResponse } from '../methods/evaluation.ts';
import { replicaOf } from '../methods/replica-of.ts';
import { visibleFlags } from '../methods/visible-flags.ts';
import { evaluateForProtocol } from '../openfeature/reasons.ts';
import { eventsPath, eventsUri } from './events-url.ts';
import { openEvents } from './events-stream.ts';
import { ofrepAnswer } from './ofrep-answer.ts';
import { evaluationStatus, ofrepError } from './ofrep-fault.ts';
import { readContext } from './ofrep-request.ts';
import { waitForRevision } from './wait-for-revision.ts';

/** With "off": whoever asks records himself who saw what. */
const exposuresHeader = 'flags-exposures';

/** A browser that is not looked at closes its stream after this time. */
const inactivityDelaySec = 120;

/** The routes; `counted` gives each its numbers. */
export function ofrepRoutes(context: HttpContext, counted: (name: string) => MethodStats): readonly Route[] {
  const route = (name: ForeignRouteName, readsBody: boolean): EnvironmentRoute => ({
    name,
    rule: foreignRules[name],
    stats: counted(name),
    readsBody,
  });
  const common = {
    access: 'foreign-rules',
    browsers: true,
    faults: (fault) => ofrepError(fault),
  } as const satisfies Partial<Route>;
  const single = route('ofrep/evaluate', true);
  const bulk = route('ofrep/evaluate-all', true);
  const events = route('ofrep/events', false);
  return [
    {
      ...common,
      path: '/ofrep/v1/evaluate/flags/{key}',
      method: 'POST',
      serve(request, response, [key = '']) {
        answerFaultsAs(response, (fault) => ofrepError(fault, key));
        return callOnEnvironment(context, single, { request, response }, (call) =>
          evaluateOne(context, call, key),
        );
      },
    },
    {
      ...common,
      path: '/ofrep/v1/evaluate/flags',
      method: 'POST',
      serve: (request, response) =>
        callOnEnvironment(context, bulk, { request, response }, (call) => evaluateAll(context, call)),
    },
    {
      ...common,
      path: eventsPath,
      method: 'GET',
      serve: (request, response) => openEvents(context, events, request, response),
    },
  ];
}

function evaluateOne(
  context: HttpContext,
  { grant, body, request, response }: EnvironmentCall,
  key: string,
): Result<unknown> {
  const asked = readContext(body);
  if (!asked.ok) return asked;
  const replica = replicaOf(context.application, grant);
  if (!replica.ok) return replica;
  const answer =
    key.length > limits.keyCharsMax
      ? errorResponse(key, 'FLAG_NOT_FOUND', 'There is no such flag.')
      : evaluateForProtocol(replica.value, grant.view, key, asked.value);
  const { evaluator } = replica.value;
  if (headerText(request, exposuresHeader)?.toLowerCase() !== 'off')
    context.exposures.note(grant, { answer, context: asked.value, evaluator });
  const status = answer.errorCode === '' ? 200 : evaluationStatus[answer.errorCode as ErrorCode];
  sendJson(response, status, JSON.stringify(ofrepAnswer(answer)));
  return answered;
}

async function evaluateAll(context: HttpContext, call: EnvironmentCall): Promise<Result<unknown>> {
  const { grant, body, request, response } = call;
  const asked = readContext(body);
  if (!asked.ok) return asked;
  const found = replicaOf(context.application, grant);
  if (!found.ok) return found;
  const replica = found.value;
  await waitForRevision(replica, request.url ?? '', context.runtime);
  const keys = grant.view === 'client' ? visibleFlags(replica) : replica.evaluator.flagKeys();
  const flags = [...keys]
    .sort()
    .map((key) => ofrepAnswer(evaluateForProtocol(replica, grant.view, key, asked.value)));
  const text = JSON.stringify({ flags, eventStreams: [eventStream(call)], metadata: setMetadata(replica) });
  answerTagged(request, response, text);
  return answered;
}

function eventStream({ session, request }: EnvironmentCall): object {
  const key = readKey(request.headers.authorization, headerText(request, 'x-api-key'));
  const requestUri = eventsUri(session.caller, key.state === 'key' ? key.secret : undefined);
  return { type: 'sse', endpoint: { requestUri }, inactivityDelaySec };
}

/** Without the revision: answers that stay the same keep their tag over commits that do not touch them. */
function setMetadata({ environmentId }: EnvironmentReplica): object {
  return { flagSetId: environmentId };
}

/** By the answers themselves, not by the revision: what depends on the time of day changes without a commit. */
function answerTagged(request: IncomingMessage, response: ServerResponse, text: string): void {
  if (response.destroyed) return;
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  response.setHeader('etag', etag);
  if (matches(headerText(request, 'if-none-match'), etag)) response.writeHead(304).end();
  else sendJson(response, 200, text);
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
