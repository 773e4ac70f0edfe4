// Reads the outcome of a gRPC call from headers or trailers.
import type { IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import { grpcStatus, type FlagsError } from '../errors.ts';

type Failure = (detail: string, code?: number) => FlagsError;

const messageCharsMax = 500;

/** What an HTTP status means where gRPC's own is missing (gRPC's http-grpc-status-mapping). */
const statusOfHttp = (httpStatus: number): number => {
  if (httpStatus === 401) return grpcStatus.unauthenticated;
  if (httpStatus === 403) return grpcStatus.permissionDenied;
  if (httpStatus === 404) return grpcStatus.unimplemented;
  return [429, 502, 503, 504].includes(httpStatus) ? grpcStatus.unavailable : grpcStatus.unknown;
};

const messageOf = (text: string): string => {
  try {
    return decodeURIComponent(text).slice(0, messageCharsMax);
  } catch {
    return text.slice(0, messageCharsMax);
  }
};

/** 'ok', a failure, or undefined when these headers do not end the call. */
export const statusOf = (
  headers: IncomingHttpHeaders & IncomingHttpStatusHeader,
  failed: Failure,
): FlagsError | 'ok' | undefined => {
  const code = headers['grpc-status'];
  if (code !== undefined) {
    return Number(code) === grpcStatus.ok
      ? 'ok'
      : failed(messageOf(String(headers['grpc-message'] ?? '')), Number(code));
  }
  const httpStatus = headers[':status'];
  return httpStatus === undefined || httpStatus === 200
    ? undefined
    : failed(`HTTP ${httpStatus}`, statusOfHttp(httpStatus));
};
