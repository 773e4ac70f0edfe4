// A unary gRPC call on grpc-js: messages stay bytes until the caller is known, answers may be bytes already.
import { fail, succeed } from '@org/contract';
import type { Result } from '@org/contract';
import type { handleUnaryCall, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import type { Runtime } from '../../runtime.ts';
import type { DispatchUnary, UnaryCall } from '../dispatcher.ts';
import { requestIdOf } from '../request-id.ts';
import { grpcErrorOf } from '../status/grpc-status.ts';
import { sizeFault } from '../unary-method.ts';
import type { UnaryMethod } from '../unary-method.ts';
import { textOf } from './read-metadata.ts';
import type { ReceiveGuard } from './receive-guard.ts';

/** Serves a method that was prepared by `createUnaryDispatch`. */
export function unaryHandler(
  dispatch: DispatchUnary,
  guard: ReceiveGuard,
  runtime: Runtime,
): handleUnaryCall<Buffer, Uint8Array> {
  return (call, callback) => {
    guard.received();
    dispatch(new GrpcUnaryCall(call, callback, runtime));
  };
}

/** A class, because one object of one shape per call is what the hot path can afford. */
class GrpcUnaryCall implements UnaryCall {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
  readonly #call: ServerUnaryCall<Buffer, Uint8Array>;
  readonly #callback: sendUnaryData<Uint8Array>;
  readonly #runtime: Runtime;

  constructor(
    call: ServerUnaryCall<Buffer, Uint8Array>,
    callback: sendUnaryData<Uint8Array>,
    runtime: Runtime,
  ) {
    this.authorization = textOf(call.metadata, 'authorization');
    this.apiKey = textOf(call.metadata, 'x-api-key');
    this.#call = call;
    this.#callback = callback;
    this.#runtime = runtime;
  }

  requestId(): string {
    return requestIdOf(textOf(this.#call.metadata, 'x-request-id'), this.#runtime);
  }

  decode(method: UnaryMethod): Result<unknown> {
    const { request } = this.#call;
    const fault = sizeFault(request.length, method.requestBytesMax);
    return fault === undefined
      ? decodeMessage((bytes) => method.decode(bytes), request)
      : { ok: false, fault };
  }

  answer(outcome: Result<unknown>, method: UnaryMethod): void {
    if (outcome.ok) this.#callback(null, method.encode(outcome.value));
    else this.#callback(grpcErrorOf(outcome.fault, this.requestId()));
  }
}

/** Bytes that are no such message are the caller's fault, and say so. */
export function decodeMessage<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): Result<T> {
  try {
    return succeed(decode(bytes));
  } catch {
    const message = 'The bytes are not a message of this type.';
    return fail('INVALID_REQUEST', message, { violations: [{ field: '', rule: 'protobuf', message }] });
  }
}
