// A fault as gRPC sends it: code, message and google.rpc.Status in the trailer `grpc-status-details-bin`.
import type { Fault, Violation } from '@org/contract';
import { Status } from '@org/contract/gen/google/rpc/status';
import { Metadata } from '@grpc/grpc-js';
import { codeOf, detailsOf, messageOf } from './fault-details.ts';

/** What grpc-js takes as an error. */
export interface GrpcError {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

/** Stock clients refuse trailers beyond 8 KiB in all, so findings beyond this are counted and not sent. */
const statusBytesMax = 5 * 1024;

/** The status of a fault; the request id travels as `x-request-id`. */
export function grpcErrorOf(fault: Fault, requestId: string): GrpcError {
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', detailsOfFault(fault));
  metadata.set('x-request-id', requestId);
  if (fault.retryAfterMs !== undefined) metadata.set('retry-after-ms', String(Math.ceil(fault.retryAfterMs)));
  return { code: codeOf(fault).number, details: messageOf(fault), metadata };
}

const encodedDetails = new WeakMap<Fault, Buffer>();

/** Encoded once for a fault that many are answered with. */
function detailsOfFault(fault: Fault): Buffer {
  const known = encodedDetails.get(fault);
  if (known !== undefined) return known;
  const details = Buffer.from(encodeWithin(fault, statusBytesMax));
  encodedDetails.set(fault, details);
  return details;
}

function encodeWithin(fault: Fault, bytesMax: number): Uint8Array {
  const whole = encode(fault);
  const violations = fault.violations ?? [];
  if (whole.length <= bytesMax || violations.length === 0) return whole;
  let kept = violations.length;
  let encoded = whole;
  while (encoded.length > bytesMax && kept > 0) {
    kept = Math.floor(kept / 2);
    encoded = encode(withFirst(fault, violations, kept));
  }
  return encoded;
}

function withFirst(fault: Fault, violations: readonly Violation[], kept: number): Fault {
  const metadata = { ...fault.metadata, violations: String(violations.length), violationsSent: String(kept) };
  return { ...fault, violations: violations.slice(0, kept), metadata };
}

function encode(fault: Fault): Uint8Array {
  const details = detailsOf(fault).map(({ type, bytes }) => ({
    typeUrl: `type.googleapis.com/${type}`,
    value: Buffer.from(bytes),
  }));
  return Status.encode({ code: codeOf(fault).number, message: messageOf(fault), details }).finish();
}
