// The numbers of google.rpc.Code and their HTTP counterparts by the Connect specification. Data only.
import type { GrpcCode } from '@org/contract';

interface CodeRow {
  readonly number: number;
  /** Connect's name of the code. */
  readonly connect: string;
  readonly http: number;
}

export const grpcCodes = {
  CANCELLED: { number: 1, connect: 'canceled', http: 499 },
  INVALID_ARGUMENT: { number: 3, connect: 'invalid_argument', http: 400 },
  DEADLINE_EXCEEDED: { number: 4, connect: 'deadline_exceeded', http: 504 },
  NOT_FOUND: { number: 5, connect: 'not_found', http: 404 },
  ALREADY_EXISTS: { number: 6, connect: 'already_exists', http: 409 },
  PERMISSION_DENIED: { number: 7, connect: 'permission_denied', http: 403 },
  RESOURCE_EXHAUSTED: { number: 8, connect: 'resource_exhausted', http: 429 },
  FAILED_PRECONDITION: { number: 9, connect: 'failed_precondition', http: 400 },
  ABORTED: { number: 10, connect: 'aborted', http: 409 },
  OUT_OF_RANGE: { number: 11, connect: 'out_of_range', http: 400 },
  UNIMPLEMENTED: { number: 12, connect: 'unimplemented', http: 501 },
  INTERNAL: { number: 13, connect: 'internal', http: 500 },
  UNAVAILABLE: { number: 14, connect: 'unavailable', http: 503 },
  DATA_LOSS: { number: 15, connect: 'data_loss', http: 500 },
  UNAUTHENTICATED: { number: 16, connect: 'unauthenticated', http: 401 },
} as const satisfies Record<GrpcCode, CodeRow>;
