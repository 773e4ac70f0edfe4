// Calls unary gRPC methods and tells their outcome as plain data.
import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RetryInfo } from '@org/contract/gen/google/rpc/error_details';
import { Status } from '@org/contract/gen/google/rpc/status';

/** What a failed call said. */
export interface CallError {
  readonly code: number;
  readonly message: string;
  readonly reason: string | undefined;
  readonly domain: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly {
    readonly field: string;
    readonly reason: string;
    readonly description: string;
  }[];
  readonly retryDelayMs: number | undefined;
  readonly requestId: string;
}

export type CallOutcome<S> = { readonly response: S } | { readonly error: CallError };

type UnaryClientMethod<Q, S> = (
  request: Q,
  metadata: Metadata,
  callback: (error: ServiceError | null, response: S) => void,
) => unknown;

/** Calls and waits for the answer, whatever it is. */
export function callUnary<Q, S>(
  method: UnaryClientMethod<Q, S>,
  request: Q,
  metadata: Metadata,
): Promise<CallOutcome<S>> {
  return new Promise((resolve) => {
    method(request, metadata, (error, response) =>
      resolve(error === null ? { response } : { error: describe(error) }),
    );
  });
}

/** The standard details of a gRPC error. */
export function describe(error: ServiceError): CallError {
  const [encoded] = error.metadata.get('grpc-status-details-bin');
  const status = encoded === undefined ? undefined : Status.decode(encoded as Buffer);
  const find = (type: string): Buffer | undefined =>
    status?.details.find(({ typeUrl }) => typeUrl === `type.googleapis.com/google.rpc.${type}`)?.value;
  const [info, bad, retry] = [find('ErrorInfo'), find('BadRequest'), find('RetryInfo')];
  const errorInfo = info && ErrorInfo.decode(info);
  const delay = retry && RetryInfo.decode(retry).retryDelay;
  return {
    code: error.code,
    message: error.details,
    reason: errorInfo?.reason,
    domain: errorInfo?.domain,
    metadata: errorInfo?.metadata ?? {},
    violations: bad === undefined ? [] : BadRequest.decode(bad).fieldViolations,
    retryDelayMs: delay && delay.seconds * 1000 + delay.nanos / 1_000_000,
    requestId: String(error.metadata.get('x-request-id')[0] ?? ''),
  };
}
