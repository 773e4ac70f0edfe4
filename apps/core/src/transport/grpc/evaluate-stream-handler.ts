// FlagService.EvaluateStream on gRPC: any number of evaluations over one stream, in order, with back-pressure. The stream
// ends for what concerns the caller (no right in an environment); what concerns one evaluation is its answer.
import type { ServerHttp2Stream } from 'node:http2';
import type { handleBidiStreamingCall } from '@grpc/grpc-js';
import { fail, limits, succeed } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import { accessTable } from '@org/contract/gen/access-table';
import type { EvaluateRequest, EvaluateResponse } from '@org/contract/gen/flags/v1/flag_service';
import { authorizeEnvironment } from '../../access/authorize.ts';
import { keyFault } from '../../access/key-fault.ts';
import type { Session } from '../../access/session.ts';
import type { Caller, EnvironmentGrant } from '../../application.ts';
import { contextFault } from '../methods/check-context.ts';
import { errorResponse, evaluateFlag } from '../methods/evaluation.ts';
import { noteExposure } from '../methods/flag.ts';
import { replicaOf } from '../methods/replica-of.ts';
import { requireFields } from '../methods/require-fields.ts';
import type { StreamContext } from '../stream-context.ts';
import { contextRequestBytesMax, sizeFault } from '../unary-method.ts';
import { guardStream } from '../watch/guard-stream.ts';
import { endWithOk } from './direct-answer.ts';
import type { DirectHandler } from './direct-calls.ts';
import { DirectStreamCall } from './direct-stream.ts';
import { decodeStreamRequest, encodeStreamResponse } from './evaluate-codec.ts';
import { createFrameReader, frameHeaderBytes } from './frame-reader.ts';
import { http2StreamOf, openStream, streamCallOf } from './open-stream.ts';
import type { GrpcStream, StreamCall } from './open-stream.ts';
import { carriesKey } from './receive-guard.ts';
import { decodeMessage } from './unary-handler.ts';

const method = 'flags.v1.FlagService/EvaluateStream';
const rule = accessTable[method];
const unfinishedBytesMax = contextRequestBytesMax + 64 * 1024;

/** Served by grpc-js. */
export function evaluateStreamHandler(context: StreamContext): handleBidiStreamingCall<Buffer, Uint8Array> {
  return (stream) => {
    const call = streamCallOf(stream, context.runtime);
    openEvaluation(context, call, (evaluator) => {
      const weight = boundUnfinished(stream, call);
      stream.on('data', (bytes: Buffer) => {
        weight.delivered();
        const answer = evaluator.answer(bytes);
        if (!answer.ok) call.fail(answer.fault);
        else if (call.isOpen && !call.send(answer.value.subarray(frameHeaderBytes))) stream.pause();
      });
      stream.on('drain', () => stream.resume());
      stream.on('end', () => stream.end());
    });
  };
}

/** Served directly: what arrives together is answered together. */
export function directEvaluateStream(context: StreamContext): DirectHandler {
  return (stream, headers) => {
    stream.on('error', ignore);
    const call = new DirectStreamCall(stream, headers, context.runtime);
    if (!carriesKey(context.authenticator, call.authorization, call.apiKey))
      return call.fail(keyFault(call.authorization, call.apiKey));
    openEvaluation(context, call, (evaluator) => answerDirectly(stream, call, evaluator));
  };
}

/** Whatever breaks a stream closes it, too: nobody is left to be told. */
const ignore = (): void => undefined;

function openEvaluation(
  context: StreamContext,
  call: StreamCall,
  begin: (evaluator: StreamEvaluator) => void,
): void {
  openStream(context, call, rule, method, (session) => {
    const evaluator = createStreamEvaluator(context, session);
    const end = (fault: Fault): void => call.fail(fault);
    const guard = guardStream({ session, streams: context.streams, authorize: evaluator.reauthorize, end });
    if ('fault' in guard) return { ok: false, fault: guard.fault };
    call.onClose(guard.close);
    begin(evaluator);
    return succeed(undefined);
  });
}

function answerDirectly(stream: ServerHttp2Stream, call: DirectStreamCall, evaluator: StreamEvaluator): void {
  let answers: Uint8Array[] = [];
  let fault: Fault | undefined;
  const reader = createFrameReader(contextRequestBytesMax, (message) => {
    const answer = evaluator.answer(message);
    if (answer.ok) answers.push(answer.value);
    else fault = answer.fault;
    return answer.ok;
  });
  stream.on('data', (chunk: Buffer) => {
    if (!call.isOpen) return;
    fault = reader.push(chunk) ?? fault;
    const frames = answers;
    answers = [];
    if (frames.length > 0 && !call.sendFrames(Buffer.concat(frames))) stream.pause();
    if (fault !== undefined) call.fail(fault);
  });
  stream.on('drain', () => stream.resume());
  stream.on('end', () => {
    if (call.isOpen) endWithOk(stream);
  });
}

/** Resets a stream that sends much and finishes no message: nothing of a well-behaved client is that large. */
function boundUnfinished(stream: GrpcStream, call: StreamCall): { delivered(): void } {
  let bytes = 0;
  http2StreamOf(stream).on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > unfinishedBytesMax) call.reset();
  });
  return { delivered: () => void (bytes = 0) };
}

interface StreamEvaluator {
  /** The answer as a frame. */
  readonly answer: (bytes: Buffer) => Result<Uint8Array>;
  readonly reauthorize: (caller: Caller) => Result<unknown>;
}

/** Remembers the grant of the environment asked for last: most streams ask for one only. */
function createStreamEvaluator({ application, exposures }: StreamContext, session: Session): StreamEvaluator {
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
    const { flagKey } = request;
    if (flagKey === '' || flagKey.length > limits.keyCharsMax) {
      const { fault } = requireFields(request, ['flagKey'])!;
      return succeed(errorResponse('', 'GENERAL', fault.message));
    }
    const fault = contextFault(request.context);
    if (fault !== undefined) return succeed(errorResponse(flagKey, 'INVALID_CONTEXT', fault.message));
    const replica = replicaOf(application, allowed);
    if (!replica.ok) return replica;
    const { evaluator } = replica.value;
    const answer = evaluateFlag(replica.value, allowed.view, flagKey, request.context);
    noteExposure(exposures, allowed, { request, answer, evaluator });
    return succeed(answer);
  }

  function reauthorize(caller: Caller): Result<unknown> {
    if (environment === undefined) return succeed(undefined);
    grant = authorizeEnvironment(application.environments, caller, rule, environment);
    return grant;
  }

  return { answer, reauthorize };
}
