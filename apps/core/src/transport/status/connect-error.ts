// A fault as HTTP sends it: the error body of the Connect protocol.
import type { Fault } from '@org/contract';
import { codeOf, detailsOf, messageOf } from './fault-details.ts';

/** The body of an unsuccessful answer. */
export interface ConnectError {
  readonly code: string;
  readonly message: string;
  readonly details: readonly { readonly type: string; readonly value: string; readonly debug: unknown }[];
}

/** The HTTP status of a fault by the Connect specification. */
export function httpStatusOf(fault: Fault): number {
  return codeOf(fault).http;
}

/** The body of a fault: `value` is unpadded base64, `debug` the same as JSON. */
export function connectErrorOf(fault: Fault): ConnectError {
  return {
    code: codeOf(fault).connect,
    message: messageOf(fault),
    details: detailsOf(fault).map(({ type, bytes, json }) => ({
      type,
      value: Buffer.from(bytes).toString('base64').replace(/=+$/, ''),
      debug: json,
    })),
  };
}
