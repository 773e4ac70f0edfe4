// Turns a fault into the standard details of google.rpc: BadRequest, ErrorInfo, RetryInfo. The one place that does.
import { errorCatalogue } from '@org/contract';
import type { Fault } from '@org/contract';
import { BadRequest, ErrorInfo, RetryInfo } from '@org/contract/gen/google/rpc/error_details';
import { grpcCodes } from './grpc-code.ts';

/** The domain of our reasons in google.rpc.ErrorInfo. */
export const errorDomain = 'flags';

/** One detail, encoded and as proto3 JSON. */
export interface FaultDetail {
  /** Full name of the message. */
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly json: unknown;
}

/** The code of a fault on the wire. */
export function codeOf(fault: Fault): (typeof grpcCodes)[keyof typeof grpcCodes] {
  return grpcCodes[errorCatalogue[fault.code].grpc];
}

/** The message with its code in front, once. */
export function messageOf(fault: Fault): string {
  return fault.message.startsWith(`[${fault.code}]`) ? fault.message : `[${fault.code}] ${fault.message}`;
}

/** ErrorInfo always; BadRequest and RetryInfo where the fault has violations or a delay. */
export function detailsOf(fault: Fault): readonly FaultDetail[] {
  const info = { reason: fault.code, domain: errorDomain, metadata: { ...fault.metadata } };
  const details = [detail('google.rpc.ErrorInfo', ErrorInfo, info)];
  if (fault.violations !== undefined && fault.violations.length > 0) {
    const fieldViolations = fault.violations.map(({ field, rule, message }) => ({
      field,
      reason: rule,
      description: message,
    }));
    details.push(detail('google.rpc.BadRequest', BadRequest, { fieldViolations }));
  }
  if (fault.retryAfterMs !== undefined) {
    const seconds = Math.floor(fault.retryAfterMs / 1000);
    const retryDelay = { seconds, nanos: Math.round(fault.retryAfterMs - seconds * 1000) * 1_000_000 };
    details.push({
      ...detail('google.rpc.RetryInfo', RetryInfo, { retryDelay }),
      json: { retryDelay: `${(fault.retryAfterMs / 1000).toFixed(3)}s` },
    });
  }
  return details;
}

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  toJSON(message: T): unknown;
}

function detail<T>(type: string, codec: Codec<T>, message: T): FaultDetail {
  return { type, bytes: codec.encode(message).finish(), json: codec.toJSON(message) };
}
