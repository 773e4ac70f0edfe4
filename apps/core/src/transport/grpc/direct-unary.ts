// A unary call served directly: key, message, dispatch, answer, in one turn of the event loop when the key is known.
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { limits } from '@org/contract';
import type { Result } from '@org/contract';
import { keyFault } from '../../access/key-fault.ts';
import type { ByteBudget } from '../../limits/byte-budget.ts';
import type { Runtime } from '../../runtime.ts';
import type { DispatchUnary, TransportContext, UnaryCall } from '../dispatcher.ts';
import { requestIdOf } from '../request-id.ts';
import { sizeFault } from '../unary-method.ts';
import type { UnaryMethod } from '../unary-method.ts';
import { sendFault, sendMessage } from './direct-answer.ts';
import { headerOf } from './direct-calls.ts';
import type { DirectHandler } from './direct-calls.ts';
import { receiveMessage } from './direct-message.ts';
import type { MessageLimits } from './direct-message.ts';
import { carriesKey } from './receive-guard.ts';
import { decodeMessage } from './unary-handler.ts';

/** Serves a method that was prepared by `createUnaryDispatch`. */
export function directUnary(
  context: TransportContext,
  dispatch: DispatchUnary,
  budget: ByteBudget,
): DirectHandler {
  const { authenticator, runtime } = context;
  const messageLimits: MessageLimits = {
    bytesMax: limits.requestBytesMax,
    budget,
    random: () => runtime.random(),
  };
  return (stream, headers) => {
    stream.on('error', ignore);
    const call = new DirectUnaryCall(stream, headers, runtime);
    if (!carriesKey(authenticator, call.authorization, call.apiKey)) {
      return sendFault(stream, headers, runtime, keyFault(call.authorization, call.apiKey));
    }
    receiveMessage(stream, messageLimits, (message) => {
      if (!message.ok) return sendFault(stream, headers, runtime, message.fault);
      call.message = message.value;
      dispatch(call);
    });
  };
}

/** Whatever breaks a stream closes it, too: nobody is left to be told. */
const ignore = (): void => undefined;

/** A class, because one object of one shape per call is what the hot path can afford. */
class DirectUnaryCall implements UnaryCall {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
  message: Buffer | undefined = undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #runtime: Runtime;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, runtime: Runtime) {
    this.authorization = headers.authorization;
    this.apiKey = headerOf(headers, 'x-api-key');
    this.#stream = stream;
    this.#headers = headers;
    this.#runtime = runtime;
  }

  requestId(): string {
    return requestIdOf(headerOf(this.#headers, 'x-request-id'), this.#runtime);
  }

  decode(method: UnaryMethod): Result<unknown> {
    const message = this.message!;
    const fault = sizeFault(message.length, method.requestBytesMax);
    return fault === undefined
      ? decodeMessage((bytes) => method.decode(bytes), message)
      : { ok: false, fault };
  }

  answer(outcome: Result<unknown>, method: UnaryMethod): void {
    if (outcome.ok) sendMessage(this.#stream, method.encode(outcome.value));
    else sendFault(this.#stream, this.#headers, this.#runtime, outcome.fault);
  }
}
