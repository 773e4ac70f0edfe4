// FlagService.EvaluateStream on gRPC: any number of evaluations over one stream, in order, with back-pressure. The stream
// ends for what concerns the caller (no right in an environment); what concerns one evaluation is its answer.
import type { Fault, Result } from '@org/contract';
import { fail, succeed } from '@org/contract';
import { accessTable } from '@org/contract/gen/access-table';
import type { EvaluateRequest, EvaluateResponse } from '@org/contract/gen/flags/v1/flag_service';
import type { handleBidiStreamingCall } from '@grpc/grpc-js';
import type { Session } from '../../access/session.ts';
import { authorizeEnvironment } from '../../access/authorize.ts';
import type { Caller, EnvironmentGrant } from '../../application.ts';
import { contextFault, errorResponse, evaluateFlag } from '../methods/evaluation.ts';
import { replicaOf } from '../methods/replica-of.ts';
import type { StreamContext } from '../stream-context.ts';
import { contextRequestBytesMax, sizeFault } from '../unary-method.ts';
import { guardStream } from '../watch/guard-stream.ts';
import { decodeStreamRequest, encodeStreamResponse } from './evaluate-codec.ts';
import { endStream, http2StreamOf, openStream, resetStream } from './open-stream.ts';
import type { GrpcStream } from './open-stream.ts';
import { decodeMessage } from './unary-handler.ts';

const method = 'flags.v1.FlagService/EvaluateStream';
const rule = accessTable[method];
const unfinishedBytesMax = contextRequestBytesMax + 64 * 1024;

export function evaluateStreamHandler(context: StreamContext): handleBidiStreamingCall<Buffer, Uint8Array> {
  return (call) =>
    openStream(context, call, rule, method, (session) => {
      const evaluator = createStreamEvaluator(context, session);
      const end = (fault: Fault): void => endStream(context, call, fault);
      const guard = guardStream({ session, streams: context.streams, authorize: evaluator.reauthorize, end });
      if ('fault' in guard) return { ok: false, fault: guard.fault };
      const weight = boundUnfinished(call);
      call.on('data', (bytes: Buffer) => {
        weight.delivered();
        const answer = evaluator.answer(bytes);
        if (!answer.ok) end(answer.fault);
        else if (!call.writableEnded && !call.write(answer.value)) call.pause();
      });
      call.on('drain', () => call.resume());
      call.on('end', () => call.end());
      call.once('close', guard.close);
      return succeed(undefined);
    });
}

/** Resets a stream that sends much and finishes no message: nothing of a well-behaved client is that large. */
function boundUnfinished(call: GrpcStream): { delivered(): void } {
  let bytes = 0;
  http2StreamOf(call).on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > unfinishedBytesMax) resetStream(call);
  });
  return { delivered: () => void (bytes = 0) };
}

interface StreamEvaluator {
  readonly answer: (bytes: Buffer) => Result<Uint8Array>;
  readonly reauthorize: (caller: Caller) => Result<unknown>;
}

/** Remembers the grant of the environment asked for last: most streams ask for one only. */
function createStreamEvaluator({ application }: StreamContext, session: Session): StreamEvaluator {
  let environment: string | undefined;
  let grant: Result<EnvironmentGrant> = fail('PERMISSION_DENIED', 'No environment was named yet.');

  function authorize(named: string): Result<EnvironmentGrant> {
    if (named !== environment) {
      environment = named;
      grant = authorizeEnvironment(application.environments, session.caller, rule, named);
    }
    return grant;
  }

  function answer(bytes: Buffer): Result<Uint8Array> {
    const tooLarge = sizeFault(bytes.length, contextRequestBytesMax);
    if (tooLarge !== undefined) return { ok: false, fault: tooLarge };
    const message = decodeMessage(decodeStreamRequest, bytes);
    if (!message.ok) return message;
    const { id, request } = message.value;
    const allowed = authorize(request.environment);
    if (!allowed.ok) return allowed;
    const response = evaluate(allowed.value, request);
    return response.ok ? succeed(encodeStreamResponse(id, response.value)) : response;
  }

  function evaluate(allowed: EnvironmentGrant, request: EvaluateRequest): Result<EvaluateResponse> {
    const fault = contextFault(request.context);
    if (fault !== undefined) return succeed(errorResponse(request.flagKey, 'INVALID_CONTEXT', fault.message));
    const replica = replicaOf(application, allowed);
    if (!replica.ok) return replica;
    return succeed(evaluateFlag(replica.value, allowed.view, request.flagKey, request.context));
  }

  function reauthorize(caller: Caller): Result<unknown> {
    if (environment === undefined) return succeed(undefined);
    grant = authorizeEnvironment(application.environments, caller, rule, environment);
    return grant;
  }

  return { answer, reauthorize };
}
